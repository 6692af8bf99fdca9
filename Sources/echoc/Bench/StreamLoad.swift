import Sockets
import SystemPackage

/// Messages over TCP connections that stay open: on each as many in flight as the plan has, all pieces of one stream.
struct StreamLoad: Load, ~Copyable {
  /// The most that one receive or one send takes.
  private static let bufferBytes = 256 * 1024
  /// How many connections are made at once.
  private static let connectBatch = 128
  private static let interest: ReadinessSet.Interest = [.readable, .writable, .end, .edgeTriggered]

  private let plan: BenchPlan
  private let pattern = Pattern(pieceLimit: bufferBytes)
  private let buffer: UnsafeMutableRawBufferPointer
  private let connections: UnsafeMutablePointer<LoadConnection>
  private var count = 0
  /// When the messages in flight count as sent: for each connection a ring of the plan's depth.
  private let sendTimes: UnsafeMutablePointer<Int64>
  private(set) var isAlive = true

  /// Connects, and adds the connections to the run's set.
  init(_ plan: BenchPlan, to peer: Peer, _ run: inout LoadRun) throws(LinkError) {
    self.plan = plan
    connections = .allocate(capacity: plan.connections)
    sendTimes = .allocate(capacity: plan.connections * plan.depth)
    sendTimes.initialize(repeating: 0, count: plan.connections * plan.depth)
    buffer = .allocate(byteCount: Self.bufferBytes, alignment: 64)
    do throws(ConnectFailure) {
      while count < plan.connections { try connectBatch(to: peer, &run) }
    } catch {
      throw .cannotConnect([error])
    }
  }

  deinit {
    connections.deinitialize(count: count)
    connections.deallocate()
    sendTimes.deallocate()
    buffer.deallocate()
  }

  private mutating func connectBatch(to peer: Peer, _ run: inout LoadRun) throws(ConnectFailure) {
    let batch = count..<min(count + Self.connectBatch, plan.connections)
    for index in batch {
      let offset = Pattern.start(ofConnection: index)
      let connection = try ConnectFailure.catching(peer) { () throws(Errno) in
        try LoadConnection(connectingTo: peer, offset: offset, queueingErrors: true)
      }
      (connections + index).initialize(to: connection)
      count += 1
    }
    for index in batch {
      let connection = connections + index
      try connection.pointee.link.waitUntilConnected()
      run.measurement.connected += 1
      try ConnectFailure.catching(peer) { () throws(Errno) in
        try connection.pointee.link.sendHeader()
        if plan.waitsInReceive {
          try connection.pointee.link.socket.descriptor.waitInReceive(nanoseconds: LoadRun.tickNanoseconds)
        } else {
          try connection.pointee.link.add(to: run.set, for: Self.interest, token: UInt64(index))
        }
      }
    }
  }

  /// TCP loses nothing, so the load waits for a silent server.
  mutating func checkTimeouts(_ run: inout LoadRun) {}

  mutating func serve(_ token: Int, isEnded: Bool, _ run: inout LoadRun) {
    guard !connections[token].isBroken else { return }
    do throws(Errno) {
      repeat {
        guard try receive(token, &run) else { return drop(token, nil, &run) }
      } while isEnded
    } catch {
      return drop(token, error, &run)
    }
    fill(token, &run)
  }

  /// Sends all the messages that it begins in one call.
  mutating func fill(_ index: Int, _ run: inout LoadRun) {
    let connection = connections + index
    guard !connection.pointee.isBroken else { return }
    let before = connection.pointee.begun
    var begun = before
    if run.isSending {
      begun = max(before, min(connection.pointee.finished + plan.depth, run.allowance(of: index)))
    }
    for message in before..<begun {
      sendTimes[index * plan.depth + message % plan.depth] = run.sendTime(
        ofScheduled: Schedule.message(message, of: index, among: plan.connections))
    }
    connection.pointee.begun = begun
    run.begin(begun - before)
    do throws(Errno) {
      try connection.pointee.send(pattern, messageBytes: plan.bytes)
    } catch {
      drop(index, error, &run)
    }
  }

  /// Receives; `false` when the server has closed the connection or sent more than it was sent.
  private func receive(_ index: Int, _ run: inout LoadRun) throws(Errno) -> Bool {
    let received = try connections[index].link.socket.receive(into: buffer)
    // One reading serves as the end of these replies and as the beginning of the messages that follow.
    run.readClock()
    switch received {
    case .wouldBlock: return true
    case .end:
      run.measurement.closedByServer += 1
      return false
    case .bytes(let count):
      guard connections[index].receivedBytes + count <= connections[index].sentBytes else {
        run.measurement.noteExcess(on: index)
        return false
      }
      take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), index, &run)
      // A full buffer: have the rest reported again.
      if count == buffer.count, connections[index].receivedBytes < connections[index].sentBytes,
        !plan.waitsInReceive
      {
        try run.set.modify(
          connections[index].link.socket.descriptor, for: Self.interest, token: UInt64(index))
      }
      return true
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer, _ index: Int, _ run: inout LoadRun) {
    let before = connections[index].receivedBytes
    let difference = connections[index].take(
      bytes, pattern, messageBytes: plan.bytes
    ) { message, isRight in
      run.answer(sentAt: sendTimes[index * plan.depth + message % plan.depth], isRight: isRight)
    }
    guard let difference else { return }
    let byte = before + difference.index
    run.measurement.noteWrong(
      "byte \(byte % plan.bytes) of reply \(byte / plan.bytes) on connection \(index)",
      was: bytes[difference.index], insteadOf: difference.expected)
  }

  /// Goes on without a connection: its messages in flight are lost.
  private mutating func drop(_ index: Int, _ error: Errno?, _ run: inout LoadRun) {
    let connection = connections + index
    connection.pointee.isBroken = true
    run.measurement.broken += 1
    isAlive = run.measurement.broken < count
    if let error { run.measurement.note(error) }
    run.lose(connection.pointee.begun - connection.pointee.finished)
    try? run.set.remove(connection.pointee.link.socket.descriptor)
  }
}
