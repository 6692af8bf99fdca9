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
  /// When the messages in flight count as sent: for each connection a ring of the plan's depth.
  private let sendTimes: UnsafeMutablePointer<Int64>
  private var alive: Int

  /// Connects, and adds the connections to the run's set.
  init(_ plan: BenchPlan, to peer: Peer, _ run: inout LoadRun) throws(LinkError) {
    let connections = UnsafeMutablePointer<LoadConnection>.allocate(capacity: plan.connections)
    var count = 0
    do throws(Errno) {
      try Self.connect(plan, to: peer, connections, &count, run.set)
    } catch {
      connections.deinitialize(count: count)
      connections.deallocate()
      throw .cannotConnect([ConnectFailure(peer: peer, error: error)])
    }
    run.measurement.connected = count
    (self.plan, self.connections, alive) = (plan, connections, count)
    sendTimes = .allocate(capacity: plan.connections * plan.depth)
    sendTimes.initialize(repeating: 0, count: plan.connections * plan.depth)
    buffer = .allocate(byteCount: Self.bufferBytes, alignment: 64)
  }

  deinit {
    connections.deinitialize(count: plan.connections)
    connections.deallocate()
    sendTimes.deallocate()
    buffer.deallocate()
  }

  private static func connect(
    _ plan: BenchPlan, to peer: Peer, _ connections: UnsafeMutablePointer<LoadConnection>, _ count: inout Int,
    _ set: borrowing ReadinessSet
  ) throws(Errno) {
    while count < plan.connections {
      let batch = count..<min(count + connectBatch, plan.connections)
      for index in batch {
        let connection = LoadConnection(
          try StreamLink(connectingTo: peer), offset: Pattern.start(ofConnection: index))
        (connections + index).initialize(to: connection)
        count += 1
      }
      for index in batch {
        try connections[index].link.waitUntilConnected()
        if plan.waitsInReceive {
          try connections[index].link.socket.waitInReceive(nanoseconds: LoadRun.tickNanoseconds)
        } else {
          try connections[index].link.add(to: set, for: interest, token: UInt64(index))
        }
      }
    }
  }

  var isAlive: Bool { alive > 0 }

  /// TCP loses nothing: a silent server is waited for.
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
    let begun = connection.pointee.begun
    if run.isSending {
      connection.pointee.begun = max(
        begun, min(connection.pointee.finished + plan.depth, run.allowance(of: index)))
    }
    for message in begun..<connection.pointee.begun {
      sendTimes[index * plan.depth + message % plan.depth] = run.sendTime(
        ofScheduled: Schedule.message(message, of: index, among: plan.connections))
    }
    run.begin(connection.pointee.begun - begun)
    do throws(Errno) {
      try connection.pointee.send(pattern, messageBytes: plan.bytes)
    } catch {
      drop(index, error, &run)
    }
  }

  /// Receives; `false` when the server has closed the connection or sent more than it was sent.
  private mutating func receive(_ index: Int, _ run: inout LoadRun) throws(Errno) -> Bool {
    let connection = connections + index
    switch try connection.pointee.link.socket.receive(into: buffer) {
    case .wouldBlock:
      run.readClock()
      return true
    case .end:
      run.readClock()
      run.measurement.closedByServer += 1
      return false
    case .bytes(let count):
      // One reading serves as the end of these replies and as the beginning of the messages that follow.
      run.readClock()
      guard connection.pointee.receivedBytes + count <= connection.pointee.sentBytes else {
        run.measurement.noteExcess(on: index)
        return false
      }
      take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), index, &run)
      // A full buffer: have the rest reported again.
      if count == buffer.count, connection.pointee.receivedBytes < connection.pointee.sentBytes,
        !run.waitsInReceive
      {
        try run.set.modify(
          connection.pointee.link.socket.descriptor, for: Self.interest, token: UInt64(index))
      }
      return true
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer, _ index: Int, _ run: inout LoadRun) {
    let difference = connections[index].firstDifference(in: bytes, pattern)
    if let difference {
      let byte = connections[index].receivedBytes + difference.index
      run.measurement.noteWrong(
        "byte \(byte % plan.bytes) of reply \(byte / plan.bytes) on connection \(index)",
        was: bytes[difference.index], insteadOf: difference.expected)
    }
    connections[index].take(
      bytes, areRight: difference == nil, pattern, messageBytes: plan.bytes
    ) { number, isRight in
      run.answer(sentAt: sendTimes[index * plan.depth + number % plan.depth], isRight: isRight)
    }
  }

  /// Goes on without a connection: its messages in flight are lost.
  private mutating func drop(_ index: Int, _ error: Errno?, _ run: inout LoadRun) {
    let connection = connections + index
    connection.pointee.isBroken = true
    alive -= 1
    run.measurement.broken += 1
    if let error { run.measurement.note(error) }
    run.lose(connection.pointee.begun - connection.pointee.finished)
    try? run.set.remove(connection.pointee.link.socket.descriptor)
  }
}
