import Sockets
import SystemPackage

/// The keepalive of the connections that a socket accepts. They inherit it from the listening socket, so that an accept
/// costs no other call; only those that waited before it was set there have to be given it.
final class AcceptedKeepAlive {
  private var keepAlive: KeepAlive?
  /// How many connections waited.
  private var waiting = 0

  init(_ keepAlive: KeepAlive?) {
    self.keepAlive = keepAlive
  }

  /// Changes the keepalive of connections that are accepted after the next ``set(on:)``.
  func change(to keepAlive: KeepAlive?) {
    self.keepAlive = keepAlive
  }

  func set(on listening: borrowing ListeningSocket) throws(Errno) {
    try listening.descriptor.setKeepAlive(keepAlive)
    waiting = listening.descriptor.waitingConnections
  }

  /// Completes an accepted connection.
  func complete(_ socket: borrowing StreamSocket) {
    guard waiting > 0 else { return }
    waiting -= 1
    try? socket.descriptor.setKeepAlive(keepAlive)
  }
}
