import Addresses
import EchoCore
import Sockets
import SystemPackage

/// A stream to one peer: its socket, its phase, and its unsent bytes. An idle connection has no buffer.
final class Connection: Connected {
  /// How many bytes are discarded from a peer that keeps sending after our shutdown.
  static let lingerBytes = 1 << 20
  /// How long a peer has to close its side after our shutdown.
  static let lingerMilliseconds: Int64 = 2000
  /// The longest time until the deadline of a phase.
  static let longestPhaseMilliseconds = max(lingerMilliseconds, ProxyPreface.deadlineMilliseconds)

  let socket: StreamSocket
  let peer: Endpoint?
  /// The client, once it is known: ``peer``, or the one that the preface names.
  private(set) var client: Endpoint?
  /// Whether the client is known.
  private(set) var isIdentified = false
  /// Our endpoint, if a service needs it or the preface names it.
  private(set) var local: Endpoint?
  private(set) var phase = Phase.receiving
  var registration = Registration()
  /// How many messages were received.
  private(set) var messages: UInt64 = 0
  /// How many bytes were in these messages.
  private(set) var bytes: UInt64 = 0
  /// When the last byte was sent or received, or the connection began; in milliseconds.
  var activeAt: Int64
  /// How many bytes of replies were sent.
  private(set) var replyBytes: UInt64 = 0
  /// How many bytes of a reply one send has at most.
  var sliceBytes = Int.max
  /// The PROXY header that named the client, if the service shows it.
  var header: KeptHeader?
  /// How the current reply is impaired or delayed, if any reply has had to be.
  var shaping: ReplyShaping?
  private var preface: [UInt8] = []
  /// A held reply, or what the kernel did not take of one.
  private var unsent: UnsentBytes?

  var connection: Connection { self }

  init(_ socket: consuming StreamSocket, peer: Endpoint?, at now: Int64) {
    self.activeAt = now
    self.socket = socket
    self.peer = peer
  }

  /// Continues a connection of the process before this one. Times in its state that are not possible are not used.
  init(_ socket: consuming StreamSocket, continuing state: ConnectionState, at now: Int64) {
    self.socket = socket
    (activeAt, peer) = (min(max(0, state.activeAt), now), state.peer)
    let deadline = min(max(now, state.deadline), now + Self.longestPhaseMilliseconds)
    (client, local, isIdentified) = (state.client, state.local, state.phase != .preface)
    (messages, bytes, replyBytes) = (state.messages, state.bytes, state.replyBytes)
    (preface, header) = (state.preface, KeptHeader(decoding: state.header))
    switch state.phase {
    case .preface: phase = .preface(until: deadline)
    case .receiving: break
    case .sending:
      (unsent, phase) = (UnsentBytes(state.unsent), .sending)
      self.socket.deliverOnClose()
    case .lingering: phase = .lingering(until: deadline, bytesLeft: Self.lingerBytes)
    }
  }

  /// Whether its first message has not arrived yet.
  var isNew: Bool { messages == 0 }

  /// Counts a message.
  func countMessage(_ byteCount: Int) {
    messages &+= 1
    bytes &+= UInt64(byteCount)
  }

  /// What the readiness set reports in this phase.
  var interest: ReadinessSet.Interest {
    switch phase {
    case .preface, .receiving, .lingering: .readable
    case .sending: .writable
    case .held, .resetting: []
    }
  }

  /// Whether the connection is not in the readiness set: for a while after a shortage, or before a restart.
  var isPaused: Bool { registration.interest == nil }

  /// Whether the peer sent anything after our shutdown.
  var receivedAfterShutdown: Bool {
    if case .lingering(_, let left) = phase { left < Self.lingerBytes } else { false }
  }

  /// Does what the phase waits for. An error ends the connection, unless it is a shortage of memory:
  /// ``Sockets/Errno/isShortage``.
  func advance(using buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Event {
    switch phase {
    case .preface, .receiving:
      switch try socket.receive(into: buffer) {
      case .bytes(let count): return .received(count)
      case .wouldBlock: return .idle
      case .end: return .ended
      }
    case .sending:
      return .sent(try sendRest())
    case .held, .resetting:
      // Without interest, the readiness set reports only errors and hang-ups.
      return .ended
    case .lingering(let deadline, let left):
      switch try socket.receive(into: buffer) {
      case .bytes(let count) where count < left:
        phase = .lingering(until: deadline, bytesLeft: left - count)
        return .idle
      case .wouldBlock: return .idle
      case .bytes, .end: return .ended
      }
    }
  }

  /// Expects a preface, which must be complete at a time in milliseconds.
  func beginPreface(until deadline: Int64) { phase = .preface(until: deadline) }

  /// Sets the client and our endpoint, which ends a preface.
  func identify(as client: Endpoint?, at local: Endpoint?) {
    (self.client, self.local, isIdentified, preface, phase) = (client, local, true, [], .receiving)
  }

  /// How many bytes of an incomplete preface are kept.
  var prefaceByteCount: Int { preface.count }

  /// Keeps more of an incomplete preface.
  func keepPreface(_ bytes: Slice<UnsafeRawBufferPointer>) { preface += bytes }

  /// Passes on what is kept of the preface.
  func withPreface<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    preface.withUnsafeBytes(body)
  }

  /// Sends, and copies the bytes that the kernel does not take: into a buffer of `spares`, which must have been
  /// reserved, or into an array if `spares` is `nil`. Until they are sent, the phase is ``Phase/sending``. A full send
  /// buffer or a shortage of memory is not an error: the peer gets its bytes later.
  func send(_ bytes: UnsafeRawBufferPointer, keepingRestIn spares: SpareBuffers?) throws(Errno) -> Progress {
    let progress = try sendFirst(bytes)
    if !progress.isWhole {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[progress.bytes...])
      unsent = spares.map { UnsentBytes(copying: rest, to: $0) } ?? UnsentBytes(copying: rest)
    }
    return progress
  }

  /// As ``send(_:keepingRestIn:)-(UnsafeRawBufferPointer,_)``.
  func send(_ bytes: [UInt8], keepingRestIn spares: SpareBuffers? = nil) throws(Errno) -> Progress {
    try bytes.withUnsafeBufferPointer { bytes throws(Errno) in
      try send(UnsafeRawBufferPointer(bytes), keepingRestIn: spares)
    }
  }

  private func sendFirst(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Progress {
    phase = .sending
    let taken = try sendOnce(bytes)
    if taken == bytes.count { phase = .receiving }
    return Progress(bytes: taken, isWhole: taken == bytes.count)
  }

  /// Receives nothing until ``release()``.
  func hold() { phase = .held }

  /// Ends a hold without a reply.
  func release() { phase = .receiving }

  /// Keeps a copy of a reply, and receives nothing until all of it was sent: see ``sendHeld(_:)``.
  func hold(_ reply: UnsafeRawBufferPointer, in room: WaitingReplies.Room) {
    (unsent, phase) = (UnsentBytes(holding: reply, in: room), .held)
  }

  /// How much of a reply is left to send.
  var unsentByteCount: Int { unsent?.count ?? 0 }

  /// What is left of a reply.
  var unsentBytes: [UInt8] { unsent?.bytes ?? [] }

  /// Whether a reset ends it: the last reply is not complete, or a reset is what it waits for.
  var endsByReset: Bool {
    switch phase {
    case .sending, .resetting: true
    case .held: unsent?.isBegun == true
    case .preface, .receiving, .lingering: false
    }
  }

  /// Sends that many more bytes of a held reply. After the last of them the phase is ``Phase/held`` again, or
  /// ``Phase/receiving`` if nothing is left.
  func sendHeld(_ byteCount: Int) throws(Errno) -> Progress {
    unsent?.grant(byteCount)
    phase = .sending
    return try sendGranted()
  }

  /// Whether the peer has acknowledged nothing for the given time, although it was asked to. Asks the kernel only
  /// about a connection that has been quiet for as long, and only until everything is acknowledged.
  func isUnanswered(forMilliseconds milliseconds: Int64, at now: Int64) -> Bool {
    now - activeAt >= milliseconds && !socket.isAcknowledged
      && socket.descriptor.isUnanswered(forMilliseconds: milliseconds)
  }

  /// Shuts down our side, and waits for the peer.
  func finish(at now: Int64) throws(Errno) {
    try socket.shutdownSending()
    phase = .lingering(until: now + Self.lingerMilliseconds, bytesLeft: Self.lingerBytes)
  }

  /// Waits until the peer has acknowledged everything. Then its queue resets the connection.
  func beginReset(until deadline: Int64) { phase = .resetting(until: deadline) }

  /// Sends unsent bytes on a writable socket. ENOBUFS if the kernel accepts nothing: when memory is short, epoll reports
  /// the socket writable but send returns EAGAIN.
  private func sendRest() throws(Errno) -> Progress {
    let progress = try sendGranted()
    guard progress.isWhole || progress.bytes > 0 else { throw .noBufferSpace }
    return progress
  }

  private func sendGranted() throws(Errno) -> Progress {
    guard let rest = unsent else {
      phase = .receiving
      return Progress(bytes: 0, isWhole: true)
    }
    let taken = try rest.withGranted(sendOnce)
    unsent?.removeFirst(taken)
    if taken == rest.count {
      rest.giveBack()
      (unsent, phase) = (nil, .receiving)
    } else if taken == rest.grantedCount {
      phase = .held
    }
    return Progress(bytes: taken, isWhole: taken == rest.count)
  }

  private func sendOnce(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
    let taken =
      bytes.count > sliceBytes
      ? try socket.sendSlices(of: bytes, byteCount: sliceBytes) : try socket.sendWhatFits(bytes)
    replyBytes &+= UInt64(truncatingIfNeeded: taken)
    return taken
  }
}
