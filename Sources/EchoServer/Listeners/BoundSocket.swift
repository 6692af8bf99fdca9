import Addresses
import EchoCore
import Sockets
import SystemPackage

/// A bound socket that a reload can hand over from one queue to another. It is closed when the last of them releases it.
final class SharedSocket<Socket: ~Copyable & Sendable>: Sendable {
  let socket: Socket

  init(_ socket: consuming Socket) {
    self.socket = socket
  }
}

/// A bound socket of either transport.
enum BoundSocket: Sendable {
  case udp(SharedSocket<DatagramSocket>)
  case tcp(SharedSocket<ListeningSocket>)

  var transport: Transport {
    switch self {
    case .udp: .udp
    case .tcp: .tcp
    }
  }

  /// Whether both are the very same open socket.
  static func === (left: BoundSocket, right: BoundSocket) -> Bool {
    switch (left, right) {
    case (.udp(let left), .udp(let right)): left === right
    case (.tcp(let left), .tcp(let right)): left === right
    default: false
    }
  }

  /// The endpoint that it is bound to; `nil` on a Unix socket.
  func localEndpoint() throws(Errno) -> Endpoint? {
    switch self {
    case .udp(let socket): try socket.socket.localEndpoint()
    case .tcp(let socket): try socket.socket.localEndpoint()
    }
  }

  /// Lets further sockets of this process bind the same port.
  func sharePort() throws(Errno) {
    switch self {
    case .udp(let socket): try socket.socket.sharePort()
    case .tcp(let socket): try socket.socket.sharePort()
    }
  }

  /// Calls with the descriptor, for a readiness set.
  func withDescriptor(_ body: (borrowing Descriptor) throws(Errno) -> Void) throws(Errno) {
    switch self {
    case .udp(let socket): try body(socket.socket.descriptor)
    case .tcp(let socket): try body(socket.socket.descriptor)
    }
  }
}

/// What becomes of a socket when the queue that serves it stops its intake.
enum SocketFate: Sendable {
  /// It is closed: what waits there is served first.
  case closed
  /// Another queue, or the service manager, goes on with it, and what waits there is left to it.
  case handedOver
  /// It stays open, but nobody serves it from now on: what waits there is served first.
  case unserved
}
