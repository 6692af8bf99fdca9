import EchoCore
import Sockets

/// A bound socket that a reload can hand from one queue to the next: it is closed when the last of them lets go.
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
}
