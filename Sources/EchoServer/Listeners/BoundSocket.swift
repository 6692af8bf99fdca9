import Addresses
import EchoCore
import Sockets
import SystemPackage

/// A bound socket that a reload can hand over to another queue. It is closed when the last owner releases it.
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

  /// Whether both are the same open socket.
  static func === (left: BoundSocket, right: BoundSocket) -> Bool {
    switch (left, right) {
    case (.udp(let left), .udp(let right)): left === right
    case (.tcp(let left), .tcp(let right)): left === right
    default: false
    }
  }

  /// The endpoint that it is bound to; `nil` on a Unix socket.
  func localEndpoint() throws(Errno) -> Endpoint? {
    try withDescriptor { (descriptor) throws(Errno) in try descriptor.localEndpoint() }
  }

  /// See ``Descriptor/sharePort()``.
  func sharePort() throws(Errno) {
    try withDescriptor { (descriptor) throws(Errno) in try descriptor.sharePort() }
  }

  func withDescriptor<Result, Failure: Error>(
    _ body: (borrowing Descriptor) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    switch self {
    case .udp(let socket): try body(socket.socket.descriptor)
    case .tcp(let socket): try body(socket.socket.descriptor)
    }
  }
}

/// A bound socket, as long as others keep it open.
struct WeakSocket {
  private weak var udp: SharedSocket<DatagramSocket>?
  private weak var tcp: SharedSocket<ListeningSocket>?

  init(_ socket: BoundSocket) {
    switch socket {
    case .udp(let socket): udp = socket
    case .tcp(let socket): tcp = socket
    }
  }

  /// `nil` when it is closed.
  var socket: BoundSocket? { udp.map(BoundSocket.udp) ?? tcp.map(BoundSocket.tcp) }
}

/// What happens to a socket when its queue stops its intake.
enum SocketFate: Sendable {
  /// It is closed. Anything still queued there is served first.
  case closed
  /// Another queue or the service manager takes it over, with anything still queued there.
  case handedOver
  /// It stays open, without a listener. Anything still queued there is served first.
  case unserved
}
