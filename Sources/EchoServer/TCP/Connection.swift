import Addresses
import Sockets
import SystemPackage

/// A stream to one peer: its socket, its phase, and what is left to send. An idle connection owns no buffer.
final class Connection: Connected {
  /// How many bytes of a peer that goes on sending after our end are taken and thrown away.
  static let lingerBytes = 1 << 20
  /// How long a peer has to close its end after ours.
  static let lingerMilliseconds: Int64 = 2000

  /// What the connection waits for.
  enum Phase: Equatable {
    /// The peer's first bytes, which say who the client is.
    case preface(until: Int64)
    /// The peer's bytes.
    case receiving
    /// The time for its reply, or something else that its queue waits for; nothing is received meanwhile.
    case held
    /// Room for what is left to send; nothing is received meanwhile.
    case sending
    /// The peer's end; ours was sent. Closing at once would reset the connection if the peer had sent more, and the
    /// reset could overtake the last reply.
    case lingering(until: Int64, bytesLeft: Int)
  }

  /// What became of a connection that was ready.
  enum Event {
    /// So many bytes were received into the buffer.
    case received(Int)
    /// There is nothing to receive at this moment.
    case idle
    /// What was left to send came so far.
    case sent(Progress)
    /// The peer has ended, or has nothing more to say that matters: it is time to close.
    case ended
  }

  /// How far a send came.
  struct Progress {
    /// Bytes that the kernel took.
    var bytes: Int
    /// Whether nothing is left.
    var isWhole: Bool
  }

  let socket: StreamSocket
  let peer: Endpoint?
  /// Who the connection is from, once that is known: ``peer``, or who its preface names.
  private(set) var client: Endpoint?
  /// Whether it is known who the client is.
  private(set) var isIdentified = false
  /// Our end, for services that ask for it.
  var local: Endpoint?
  private(set) var phase: Phase
  /// Where it is in its queue's ``ConnectionTable``.
  var registration = Registration()
  /// When a byte went either way last, or the connection began; in milliseconds.
  var activeAt: Int64
  /// Bytes that wait: those of an unfinished preface, or what is left to send.
  private var pending: [UInt8] = []
  private var pendingStart = 0

  var connection: Connection { self }

  /// - Parameters:
  ///   - prefaceDeadline: how long the connection may take to say who its client is, if it has to.
  init(_ socket: consuming StreamSocket, peer: Endpoint?, at now: Int64, prefaceDeadline: Int64? = nil) {
    self.activeAt = now
    self.socket = socket
    self.peer = peer
    self.phase = prefaceDeadline.map { .preface(until: $0) } ?? .receiving
  }

  /// What a readiness set should report in this phase.
  var interest: ReadinessSet.Interest {
    switch phase {
    case .preface, .receiving, .lingering: .readable
    case .sending: .writable
    case .held: []
    }
  }

  /// Whether the machine is short of something: the connection is in no readiness set, and is tried again after a pause.
  var isResting: Bool { registration.interest == nil }

  /// Whether our end was sent.
  var isLingering: Bool {
    if case .lingering = phase { true } else { false }
  }

  /// Whether the peer sent anything after our end.
  var receivedAfterEnd: Bool {
    if case .lingering(_, let left) = phase { left < Self.lingerBytes } else { false }
  }

  /// When a phase ends that has a limit.
  var deadline: Int64? {
    switch phase {
    case .preface(let deadline), .lingering(let deadline, _): deadline
    case .receiving, .held, .sending: nil
    }
  }

  /// Does what the phase waits for. An error is the connection's end, unless the machine is short of memory:
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
    case .held:
      // Nothing is asked of the readiness set, so all that it reports is that the peer is gone.
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

  /// Notes who the client is, which ends a preface.
  func identify(as client: Endpoint?) {
    (self.client, isIdentified, pending, phase) = (client, true, [], .receiving)
  }

  /// Keeps bytes of a preface until it is whole; returns all that came so far.
  func keep(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    pending += bytes
    return pending
  }

  /// Sends, and keeps what the kernel does not take: the phase is then ``Phase/sending``. That the kernel is short of
  /// memory is no error here, and neither is a full send buffer: the peer is there, and gets its bytes later.
  func send(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Progress {
    phase = .sending
    let taken = try sendOnce(bytes)
    if taken == bytes.count {
      phase = .receiving
      return Progress(bytes: taken, isWhole: true)
    }
    (pending, pendingStart) = (Array(bytes[taken...]), 0)
    return Progress(bytes: taken, isWhole: false)
  }

  /// Keeps a reply, and receives nothing until it is released.
  func hold(_ reply: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)) {
    (pending, phase) = (Array(reply), .held)
  }

  /// Returns the reply that was held, for sending it.
  func release() -> [UInt8] {
    defer { (pending, phase) = ([], .receiving) }
    return pending
  }

  /// Sends our end and waits for the peer's.
  func finish(at now: Int64) throws(Errno) {
    try socket.shutdownSending()
    phase = .lingering(until: now + Self.lingerMilliseconds, bytesLeft: Self.lingerBytes)
  }

  /// Sends what is left; when that is all, the phase is ``Phase/receiving`` again. For a socket that has room: ENOBUFS
  /// when the kernel takes nothing all the same. TCP says EAGAIN when it is short of memory, and that it is writable.
  private func sendRest() throws(Errno) -> Progress {
    let start = pendingStart
    // The kernel is asked outside of the closure, which could not throw an Errno.
    let result = pending.withUnsafeBytes { bytes in
      Result { () throws(Errno) in try sendOnce(UnsafeRawBufferPointer(rebasing: bytes[start...])) }
    }
    let taken = try result.get()
    guard taken > 0 else { throw .noBufferSpace }
    pendingStart += taken
    guard pendingStart == pending.count else { return Progress(bytes: taken, isWhole: false) }
    (pending, phase) = ([], .receiving)
    return Progress(bytes: taken, isWhole: true)
  }

  private func sendOnce(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
    do throws(Errno) {
      guard case .done(let taken) = try socket.send(bytes) else { return 0 }
      return taken
    } catch let error where error.isShortage {
      return 0
    }
  }
}

/// The memory that a queue receives into and replies from: one for all its connections.
struct MessageBuffer: ~Copyable {
  let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int) {
    bytes = .allocate(byteCount: byteCount, alignment: 4096)
  }

  deinit {
    bytes.deallocate()
  }

  /// The first bytes.
  func prefix(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: bytes[..<byteCount])
  }
}
