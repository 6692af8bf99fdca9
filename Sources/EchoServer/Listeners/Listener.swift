import Addresses
import EchoCore

/// A listener that is bound: its configuration, its sockets and the queues that serve them.
struct Listener {
  let configuration: ListenerConfiguration
  let sockets: [BoundSocket]
  let queues: [any ListenerQueue]
  /// What each socket is bound to, the kernel's choice of a port included.
  let endpoints: [Endpoint]

  /// What it is bound to: its first socket.
  var endpoint: Endpoint {
    endpoints.first ?? Endpoint(address: configuration.address, port: configuration.port)
  }

  /// What makes it the same listener after a reload, as far as its statistics go.
  var identity: Identity { Identity(name: configuration.name, transport: configuration.transport) }

  struct Identity: Hashable {
    let name: String
    let transport: Transport
  }

  /// Whether a new configuration asks for the very same address, so that the sockets can be handed over.
  func hasSameSockets(as other: ListenerConfiguration) -> Bool {
    guard configuration.transport == other.transport, configuration.address == other.address else {
      return false
    }
    guard configuration.port == other.port else { return false }
    // The kernel chose each port 0 for itself: only the name tells which is meant.
    return other.port != 0 || configuration.name == other.name
  }
}

extension Listener: CustomStringConvertible {
  /// `uppercase on udp 127.0.0.1:12000`, for the log, where the name stands before it.
  var description: String {
    "\(configuration.service) on \(configuration.transport.rawValue) \(endpoint)"
  }
}
