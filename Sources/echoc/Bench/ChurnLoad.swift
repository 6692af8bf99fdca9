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
  private static let inTime = "within \(timeoutNanoseconds / 1_000_000_000) s"
  /// How long a server has after its reply to close.
  private static let closeMilliseconds: Int32 = 250
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
    /// The part of the connection's PROXY header that is not sent yet.
    var unsentHeader: ArraySlice<UInt8> = []
    /// When the message counts as sent, and when its connection was begun.
    var sentAt: Int64 = 0
    var begunAt: Int64 = 0

    /// Closes the connection, with a reset unless the server has closed it: so that no port is kept.
    mutating func close(resetting: Bool = true) {
      if resetting { connection?.link.socket.resetOnClose() }
      connection = nil
      phase = .free
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
    serverCloses = try Self.serverCloses(peer, after: Array(pattern.piece(at: 0, count: plan.bytes)))
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

  /// Returns whether a server closes soon after its reply to a message. The load will show whether the reply is wrong.
  private static func serverCloses(_ peer: Peer, after message: [UInt8]) throws(LinkError) -> Bool {
    let exchange = try ConnectRace.winner(of: [peer])
    guard exchange.run(message, limitMilliseconds: timeoutNanoseconds / 1_000_000) == nil else {
      return false
    }
    if exchange.wait(milliseconds: closeMilliseconds) { return exchange.receiveUnrequested() == .end }
    exchange.resetOnClose()
    return false
  }

  /// The server closes the last connections too, after their replies.
  var isClosing: Bool { (0..<plan.connections).contains { slots[$0].phase == .closing } }

  func sendDue(_ messages: Range<Int>, _ run: inout LoadRun) {
    for index in 0..<plan.connections where run.measurement.sent < run.due {
      if slots[index].phase == .free { fill(index, &run) }
    }
  }

  func checkTimeouts(_ run: inout LoadRun) {
    for index in 0..<plan.connections {
      let isOverdue = run.now - slots[index].begunAt >= Self.timeoutNanoseconds
      switch slots[index].phase {
      case .free, .failed: break
      case .closing where isOverdue: slots[index].close()
      case .connecting where isOverdue:
        fail(index, "no answer to the connection request \(Self.inTime)", &run)
      case .exchanging where isOverdue:
        fail(index, "the connection was accepted, but nothing came \(Self.inTime)", &run)
      case .connecting, .exchanging, .closing: continue
      }
      fill(index, &run)
    }
  }

  func serve(_ token: Int, isEnded: Bool, _ run: inout LoadRun) {
    do throws(Errno) {
      try advance(token, isEnded: isEnded, &run)
    } catch {
      fail(token, "\(error)", &run)
    }
    if slots[token].phase == .free { fill(token, &run) }
  }

  /// Begins a message in a free slot, as long as there are messages to send.
  func fill(_ index: Int, _ run: inout LoadRun) {
    repeat {
      slots[index].phase = .free
      guard run.isSending, run.schedule == nil || run.measurement.sent < run.due else { return }
      connect(index, &run)
    } while slots[index].phase == .free
  }

  private func connect(_ index: Int, _ run: inout LoadRun) {
    run.readClock()
    slots[index].sentAt = run.sendTime(ofScheduled: run.measurement.sent)
    slots[index].begunAt = run.now
    run.begin(1)
    do throws(Errno) {
      slots[index].connection = try LoadConnection(connectingTo: peer, offset: 0, queueingErrors: false)
      slots[index].connection?.begun = 1
      if peer.header != nil {
        slots[index].unsentHeader = try slots[index].connection?.link.headerBytes()[...] ?? []
      }
      slots[index].phase = .connecting
      // On loopback the connection is there at once, and only the reply has to be waited for.
      try send(index, &run)
      let isSent = slots[index].connection?.sentBytes == plan.bytes
      let interest = isSent ? Self.interest : Self.interest.union(.writable)
      try slots[index].connection?.link.add(to: run.set, for: interest, token: UInt64(index))
    } catch {
      fail(index, "\(error)", &run)
    }
  }

  /// Goes on with a connection as far as it is ready.
  private func advance(_ index: Int, isEnded: Bool, _ run: inout LoadRun) throws(Errno) {
    try send(index, &run)
    while slots[index].phase == .exchanging || slots[index].phase == .closing {
      switch try slots[index].connection?.link.socket.receive(into: buffer) {
      case nil, .wouldBlock: return
      case .end:
        run.measurement.closedByServer += 1
        guard slots[index].phase == .closing else { return fail(index, nil, &run) }
        slots[index].close(resetting: false)
      case .bytes(let count):
        run.readClock()
        take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), index, &run)
        // What comes later is reported.
        if count < buffer.count, !isEnded { return }
      }
    }
  }

  /// Sends what there is room for.
  private func send(_ index: Int, _ run: inout LoadRun) throws(Errno) {
    if peer.header != nil {
      guard try sendHeader(index) else { return }
    }
    try slots[index].connection?.send(pattern, messageBytes: plan.bytes)
    if slots[index].phase == .connecting, let sent = slots[index].connection?.sentBytes, sent > 0 {
      slots[index].phase = .exchanging
      run.measurement.connected += 1
    }
  }

  /// Whether the connection's PROXY header is sent.
  private func sendHeader(_ index: Int) throws(Errno) -> Bool {
    guard !slots[index].unsentHeader.isEmpty else { return true }
    let sent = try slots[index].connection?.link.send(slots[index].unsentHeader) ?? 0
    slots[index].unsentHeader.removeFirst(sent)
    return slots[index].unsentHeader.isEmpty
  }

  private func take(_ bytes: UnsafeRawBufferPointer, _ index: Int, _ run: inout LoadRun) {
    let before = slots[index].connection?.receivedBytes ?? 0
    guard slots[index].phase == .exchanging, before + bytes.count <= plan.bytes else {
      run.measurement.noteExcess(on: index)
      if slots[index].phase == .exchanging { run.lose(1) }
      return slots[index].close()
    }
    let sentAt = slots[index].sentAt
    let difference = slots[index].connection?.take(
      bytes, pattern, messageBytes: plan.bytes
    ) { _, isRight in run.answer(sentAt: sentAt, isRight: isRight) }
    if let difference {
      run.measurement.noteWrong(
        "byte \(before + difference.index) of a reply", was: bytes[difference.index],
        insteadOf: difference.expected)
    }
    guard before + bytes.count == plan.bytes else { return }
    if serverCloses { slots[index].phase = .closing } else { slots[index].close() }
  }

  /// Ends a connection that brought no complete reply.
  private func fail(_ index: Int, _ error: @autoclosure () -> String?, _ run: inout LoadRun) {
    // An error after the reply, as when a server resets instead of closing, changes nothing.
    let isAnswered = slots[index].phase == .closing
    slots[index].close()
    guard !isAnswered else { return }
    run.measurement.broken += 1
    if let error = error() { run.measurement.note(error) }
    run.lose(1)
    slots[index].phase = .failed
  }
}
