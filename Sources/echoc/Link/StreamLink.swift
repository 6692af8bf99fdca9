import Sockets
import SystemPackage

/// A TCP connection to a server, from its first packet on. It never blocks, except where it says so. See tcp(7).
struct StreamLink: ~Copyable {
  /// The socket, to receive from and to wait for. Sending is ``send(_:)``.
  let socket: StreamSocket
  let peer: Peer
  private var isConnected = false

  /// Starts to connect.
  init(connectingTo peer: Peer) throws(Errno) {
    socket = try StreamSocket(connectingTo: peer.endpoint)
    self.peer = peer
  }

  /// Waits until the connection is there. Throws ETIMEDOUT after ``LinkLimits/timeoutSeconds``.
  mutating func waitUntilConnected() throws(Errno) {
    guard try socket.descriptor.wait(for: .writable, milliseconds: LinkLimits.timeoutMilliseconds) else {
      throw .timedOut
    }
    try finishConnecting()
  }

  /// Ends the attempt to connect when the socket is writable: throws why there is no connection.
  mutating func finishConnecting() throws(Errno) {
    try socket.finishConnecting()
    isConnected = true
  }

  /// Sends what there is room for, and returns how many bytes that is: 0 also before the connection is there.
  mutating func send(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
    guard case .done(let count) = try socket.send(bytes) else { return 0 }
    if !isConnected {
      if try socket.isConnected(toItselfAs: peer.endpoint) { throw .connectionRefused }
      isConnected = true
    }
    return count
  }

  /// Adds the socket to a set.
  func add(
    to set: borrowing ReadinessSet, for interest: ReadinessSet.Interest, token: UInt64
  ) throws(Errno) {
    try set.add(socket.descriptor, for: interest, token: token)
  }
}
