import AdminHTTP
import EchoCore
import Sockets
import SystemPackage

/// How the clients of the admin socket are answered.
extension AdminServer {
  func serve(_ connection: AdminConnection, in slot: Int) {
    do throws(Errno) {
      switch connection.stream.phase {
      case .receiving:
        try receive(on: connection, in: slot)
      case .sending:
        if try connection.stream.sendRest().isWhole { try afterResponse(on: connection, in: slot) }
      case .lingering:
        if try connection.stream.discard(using: buffer.bytes) { close(slot) }
      }
    } catch {
      close(slot)
    }
  }

  private func receive(on connection: AdminConnection, in slot: Int) throws(Errno) {
    switch try connection.stream.socket.receive(into: buffer.bytes) {
    case .wouldBlock: return
    case .end: close(slot)
    case .bytes(let count):
      if connection.parser.isEmpty { connection.deadline = loop.now + AdminConnection.requestMilliseconds }
      connection.parser.append(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]))
      try answerNext(on: connection, in: slot)
    }
  }

  /// Answers the requests that have come, one after another, until one has to wait: for its bytes, for the figures,
  /// or for the client to take its response.
  private func answerNext(on connection: AdminConnection, in slot: Int) throws(Errno) {
    while connection.stream.phase == .receiving, connection.question == nil, connections[slot] === connection
    {
      switch Result(catching: { () throws(RequestError) in try connection.parser.next() }) {
      case .success(nil):
        return
      case .success(let request?) where router.needsSnapshot(request):
        ask(request, on: connection, in: slot)
      case .success(let request?):
        try respond(response(to: request, with: nil), on: connection, in: slot)
      case .failure(let error):
        try respond(router.respond(to: error), on: connection, in: slot)
      }
    }
  }

  private func response(to request: Request, with figures: Snapshot?) -> Response {
    router.respond(to: request, state: source?.state ?? .stopping, snapshot: figures)
  }

  /// Notes the question; it is answered with all others that come until the figures are collected next, which is after
  /// this moment.
  private func ask(_ request: Request, on connection: AdminConnection, in slot: Int) {
    questionCount += 1
    connection.question = AdminConnection.Question(request: request, number: questionCount)
    watch(connection, in: slot)
    collectSnapshot()
  }

  private func collectSnapshot() {
    guard !isCollecting, connections.entries.contains(where: { $0.element.question != nil }) else { return }
    isCollecting = true
    let last = questionCount
    Task {
      let figures = await source?.snapshot()
      answerQuestions(upTo: last, with: figures)
      try? await Task.sleep(for: .milliseconds(Self.snapshotPaceMilliseconds))
      isCollecting = false
      collectSnapshot()
    }
  }

  private func answerQuestions(upTo last: Int, with figures: Snapshot?) {
    loop.refreshClock()
    for (slot, connection) in connections.entries {
      guard let question = connection.question, question.number <= last else { continue }
      connection.question = nil
      watch(connection, in: slot)
      do throws(Errno) {
        try respond(response(to: question.request, with: figures), on: connection, in: slot)
        try answerNext(on: connection, in: slot)
      } catch {
        close(slot)
      }
    }
    keepPlaceFree()
  }

  func respond(_ response: Response, on connection: AdminConnection, in slot: Int) throws(Errno) {
    connection.endsAfterResponse = response.connection == .close
    let bytes = response.encoded()
    let stream = connection.stream
    let sent = bytes.withUnsafeBytes { bytes in
      Result { () throws(Errno) in try stream.send(bytes) }
    }
    if try sent.get().isWhole { return try endResponse(on: connection, in: slot) }
    watch(connection, in: slot)
  }

  private func afterResponse(on connection: AdminConnection, in slot: Int) throws(Errno) {
    watch(connection, in: slot)
    try endResponse(on: connection, in: slot)
    try answerNext(on: connection, in: slot)
  }

  private func endResponse(on connection: AdminConnection, in slot: Int) throws(Errno) {
    connection.progressedAt = loop.now
    connection.wasAnswered = true
    if connection.endsAfterResponse { return try connection.stream.finish(at: loop.now) }
    let isIdle = connection.parser.isEmpty
    connection.deadline =
      loop.now + (isIdle ? AdminConnection.idleMilliseconds : AdminConnection.requestMilliseconds)
  }
}
