import Sockets
import SystemPackage

/// A TCP connection for each message: connect, send, receive the reply, close.
///
/// The end that closes first has to keep the port for a minute (TIME_WAIT, RFC 9293, section 3.6.1), and a load would run
/// out of ports. So if the server closes after its reply, it is left to do so. Otherwise the connection is reset once the
/// reply is complete, after which neither end has to keep anything.
struct ChurnLoad: Load, ~Copyable {
  /// How long a connection may take.
  private static let timeoutNanoseconds: Int64 = 5_000_000_000
  private static let bufferBytes = 64 * 1024
  private static let interest: ReadinessSet.Interest = [.readable, .end, .edgeTriggered]

  /// Room for one connection after the other.
  private struct Slot: ~Copyable {
    enum Phase {
      case free
      /// The connection failed. The next one waits for the next check of timeouts, so that a dead server is not flooded.
      case failed
      case connecting
      case exchanging
      /// The reply is complete, and the server is expected to close.
      case closing
    }

    var connection: LoadConnection?
    var phase = Phase.free
    /// When the message counts as sent, and when its connection was begun.
    var sentAt: Int64 = 0
    var begunAt: Int64 = 0

    mutating func close() {
      connection = nil
      phase = .free
    }

    /// Closes the connection without TIME_WAIT.
    mutating func reset() {
      connection?.link.socket.resetOnClose()
      close()
    }
  }

  private let plan: BenchPlan
  private let peer: Peer
  private let serverCloses: Bool
  private let pattern: Pattern
  private let buffer: UnsafeMutableRawBufferPointer
  private let slots: UnsafeMutablePointer<Slot>

  /// Exchanges one message, which is not counted, to find out whether the server closes after its reply.
  init(_ plan: BenchPlan, to peer: Peer) throws(LinkError) {
    let pattern = Pattern(pieceLimit: max(plan.bytes, Self.bufferBytes))
    serverCloses = try ClosingProbe.closes(peer, after: Array(pattern.piece(at: 0, count: plan.bytes)))
    (self.plan, self.peer) = (plan, peer)
    self.pattern = pattern
    buffer = .allocate(byteCount: Self.bufferBytes, alignment: 64)
    slots = .allocate(capacity: plan.connections)
    for index in 0..<plan.connections { (slots + index).initialize(to: Slot()) }
  }

  deinit {
    slots.deinitialize(count: plan.connections)
    slots.deallocate()
    buffer.deallocate()
  }

  /// A slot is used again whatever became of its last connection.
  var isAlive: Bool { true }

  /// The server is left to close after the last replies too.
  var isClosing: Bool { (0..<plan.connections).contains { slots[$0].phase == .closing } }

  mutating func sendDue(_ messages: Range<Int>, _ run: inout LoadRun) {
    for index in 0..<plan.connections where run.measurement.sent < run.due {
      if slots[index].phase == .free { fill(index, &run) }
    }
  }

  mutating func checkTimeouts(_ run: inout LoadRun) {
    for index in 0..<plan.connections {
      let isOverdue = run.now - slots[index].begunAt >= Self.timeoutNanoseconds
      switch slots[index].phase {
      case .free, .failed: break
      case .closing where isOverdue: (slots + index).pointee.reset()
      case .connecting where isOverdue, .exchanging where isOverdue: fail(index, .timedOut, &run)
      case .connecting, .exchanging, .closing: continue
      }
      fill(index, &run)
    }
  }

  mutating func serve(_ token: Int, isEnded: Bool, _ run: inout LoadRun) {
    do throws(Errno) {
      try advance(token, isEnded: isEnded, &run)
    } catch {
      fail(token, error, &run)
    }
    if slots[token].phase == .free { fill(token, &run) }
  }

  /// Begins a message in a free slot, as long as there are messages to send.
  mutating func fill(_ index: Int, _ run: inout LoadRun) {
    repeat {
      slots[index].phase = .free
      guard run.isSending, run.schedule == nil || run.measurement.sent < run.due else { return }
      connect(index, &run)
    } while slots[index].phase == .free
  }

  private mutating func connect(_ index: Int, _ run: inout LoadRun) {
    let slot = slots + index
    run.readClock()
    slot.pointee.sentAt = run.sendTime(ofScheduled: run.measurement.sent)
    slot.pointee.begunAt = run.now
    run.begin(1)
    do throws(Errno) {
      var connection = LoadConnection(try StreamLink(connectingTo: peer), offset: 0)
      connection.begun = 1
      slot.pointee.connection = consume connection
      slot.pointee.phase = .connecting
      // On loopback the connection is there at once, and only the reply has to be waited for.
      let isSent = try send(slot, &run) == plan.bytes
      let interest = isSent ? Self.interest : Self.interest.union(.writable)
      try slot.pointee.connection?.link.add(to: run.set, for: interest, token: UInt64(index))
    } catch {
      fail(index, error, &run)
    }
  }

  /// Goes on with a connection as far as it is ready.
  private mutating func advance(_ index: Int, isEnded: Bool, _ run: inout LoadRun) throws(Errno) {
    let slot = slots + index
    _ = try send(slot, &run)
    if slot.pointee.phase == .connecting { return }
    while true {
      switch try slot.pointee.connection?.link.socket.receive(into: buffer) {
      case nil, .wouldBlock: return
      case .end:
        run.measurement.closedByServer += 1
        guard slot.pointee.phase == .closing else { return fail(index, nil, &run) }
        return slot.pointee.close()
      case .bytes(let count):
        run.readClock()
        take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), index, &run)
        if slot.pointee.phase == .free { return }
        // What comes later is reported.
        if count < buffer.count, !isEnded { return }
      }
    }
  }

  /// Sends what there is room for, and returns how many bytes of the message were sent so far.
  private func send(_ slot: UnsafeMutablePointer<Slot>, _ run: inout LoadRun) throws(Errno) -> Int {
    try slot.pointee.connection?.send(pattern, messageBytes: plan.bytes)
    let sentBytes = slot.pointee.connection?.sentBytes ?? 0
    if slot.pointee.phase == .connecting, sentBytes > 0 {
      slot.pointee.phase = .exchanging
      run.measurement.connected += 1
    }
    return sentBytes
  }

  private func take(_ bytes: UnsafeRawBufferPointer, _ index: Int, _ run: inout LoadRun) {
    let slot = slots + index
    let receivedBytes = slot.pointee.connection?.receivedBytes ?? 0
    guard slot.pointee.phase == .exchanging, receivedBytes + bytes.count <= plan.bytes else {
      run.measurement.noteExcess(on: index)
      if slot.pointee.phase == .exchanging { run.lose(1) }
      return slot.pointee.reset()
    }
    let difference = slot.pointee.connection?.firstDifference(in: bytes, pattern)
    if let difference {
      run.measurement.noteWrong(
        "byte \(receivedBytes + difference.index) of a reply", was: bytes[difference.index],
        insteadOf: difference.expected)
    }
    let sentAt = slot.pointee.sentAt
    slot.pointee.connection?.take(
      bytes, areRight: difference == nil, pattern, messageBytes: plan.bytes
    ) { _, isRight in run.answer(sentAt: sentAt, isRight: isRight) }
    guard receivedBytes + bytes.count == plan.bytes else { return }
    if serverCloses { slot.pointee.phase = .closing } else { slot.pointee.reset() }
  }

  /// Ends a connection that brought no complete reply.
  private func fail(_ index: Int, _ error: Errno?, _ run: inout LoadRun) {
    // An error after the reply, as when a server resets instead of closing, changes nothing.
    let isAnswered = slots[index].phase == .closing
    (slots + index).pointee.reset()
    guard !isAnswered else { return }
    run.measurement.broken += 1
    if let error { run.measurement.note(error) }
    run.lose(1)
    slots[index].phase = .failed
  }
}
