import Addresses
import Sockets
import SystemPackage

/// A stream to one peer: its socket, and what the kernel has not taken yet. An idle connection owns no buffer.
final class Connection {
  /// How many bytes of a peer that goes on sending after our end are taken and thrown away.
  static let lingerBytes = 1 << 20
  /// How long a peer has to close its end after ours.
  static let lingerMilliseconds: Int64 = 2000

  /// What the connection waits for.
  enum Phase: Equatable {
    /// The peer's bytes.
    case receiving
    /// Room for what is left to send; nothing is received meanwhile.
    case sending
    /// The peer's end; ours was sent. Closing at once would reset the connection if the peer had sent more, and the
    /// reset could overtake the last reply.
    case lingering(until: Int64, bytesLeft: Int)

    var isLingering: Bool {
      if case .lingering = self { true } else { false }
    }
  }

  let socket: StreamSocket
  let peer: Endpoint?
  private(set) var phase = Phase.receiving
  /// The machine is short of something: the connection is in no readiness set, and is tried again after a pause.
  var isResting = false
  /// When a byte went either way last, or the connection began; in milliseconds.
  var activeAt: Int64
  private var unsent: [UInt8] = []
  private var unsentStart = 0

  init(_ socket: consuming StreamSocket, peer: Endpoint?, at now: Int64) {
    self.activeAt = now
    self.socket = socket
    self.peer = peer
  }

  /// What a readiness set should report for this phase.
  var interest: ReadinessSet.Interest {
    phase == .sending ? .writable : .readable
  }

  /// How far a send came.
  struct Progress {
    /// Bytes that the kernel took.
    var bytes: Int
    /// Whether nothing is left.
    var isWhole: Bool
  }

  /// Sends, and keeps what the kernel does not take: the phase is then ``Phase/sending``. A shortage of memory is no
  /// error here, as little as a full send buffer: the peer is there, and gets its bytes later.
  func send(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Progress {
    let taken = try sendOnce(bytes)
    if taken == bytes.count { return Progress(bytes: taken, isWhole: true) }
    unsent = Array(bytes[taken...])
    unsentStart = 0
    phase = .sending
    return Progress(bytes: taken, isWhole: false)
  }

  /// Sends what is left; when that is all, the phase is ``Phase/receiving`` again. For a socket that has room: ENOBUFS
  /// when the kernel takes nothing nevertheless. TCP says EAGAIN when it is short of memory, and that it is writable.
  func sendRest() throws(Errno) -> Progress {
    let start = unsentStart
    // The kernel is asked outside of the closure, which could not throw an Errno.
    let result = unsent.withUnsafeBytes { bytes in
      Result { () throws(Errno) in try sendOnce(UnsafeRawBufferPointer(rebasing: bytes[start...])) }
    }
    let taken = try result.get()
    guard taken > 0 else { throw .noBufferSpace }
    unsentStart += taken
    guard unsentStart == unsent.count else { return Progress(bytes: taken, isWhole: false) }
    unsent = []
    phase = .receiving
    return Progress(bytes: taken, isWhole: true)
  }

  /// Sends our end and waits for the peer's.
  func finish(at now: Int64) throws(Errno) {
    try socket.shutdownSending()
    phase = .lingering(until: now + Self.lingerMilliseconds, bytesLeft: Self.lingerBytes)
  }

  /// Whether the peer sent anything after our end.
  var receivedAfterEnd: Bool {
    if case .lingering(_, let left) = phase { left < Self.lingerBytes } else { false }
  }

  /// Throws away what a peer sends after our end. Returns whether it is time to close; so is an error, but for a
  /// shortage.
  func discard(using buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Bool {
    guard case .lingering(let deadline, let left) = phase else { return false }
    switch try socket.receive(into: buffer) {
    case .wouldBlock: return false
    case .bytes(let count):
      phase = .lingering(until: deadline, bytesLeft: left - count)
      return count >= left
    case .end: return true
    }
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
