import Sockets
import SystemPackage

/// A UDP socket that exchanges datagrams with one address of a server and receives from no one else. See udp(7).
final class DatagramLink {
  /// The socket, to send from and to wait for. Receiving is ``receive()``.
  private(set) var socket: DatagramSocket
  private var attempts: ConnectAttempts
  private var hasReceived = false
  private var buffer = [UInt8](repeating: 0, count: 65_536)

  /// Takes the first address to which the system knows a route.
  init(_ peers: [Peer]) throws(LinkError) {
    var attempts = ConnectAttempts(peers)
    socket = try attempts.next(Self.open)
    self.attempts = attempts
  }

  var peer: Peer { attempts.peer }

  /// Moves to the next address; `false` when there is none, or when the current one has sent anything.
  func tryNextAddress() -> Bool {
    guard !hasReceived, let next = try? attempts.next(Self.open) else { return false }
    socket = next
    return true
  }

  private static func open(_ peer: Peer) throws(Errno) -> DatagramSocket {
    try DatagramSocket(connectedTo: peer.endpoint)
  }

  /// Takes one datagram; `nil` when none waits. An error can be that of any datagram sent before.
  func receive() throws(Errno) -> ArraySlice<UInt8>? {
    guard case .done(let count) = try socket.receive(into: &buffer) else { return nil }
    hasReceived = true
    return buffer[..<count]
  }
}
