import Addresses
import EchoCore

/// A bound listener: its configuration, its sockets, and a queue for each socket.
struct Listener {
  let configuration: ListenerConfiguration
  let sockets: [BoundSocket]
  let queues: [any ListenerQueue]
  /// What each socket is bound to, with the port that the kernel chose.
  let endpoints: [Endpoint]

  /// What the first socket is bound to.
  var endpoint: Endpoint {
    endpoints.first ?? Endpoint(address: configuration.address, port: configuration.port)
  }

  /// Listeners with the same identity before and after a reload have the same statistics.
  var identity: Identity { Identity(name: configuration.name, transport: configuration.transport) }

  struct Identity: Hashable {
    let name: String
    let transport: Transport
  }

  /// Whether a new configuration wants the same address, so that the sockets can be handed over.
  func hasSameSockets(as other: ListenerConfiguration) -> Bool {
    // Listeners on port 0 have different ports, so the names must match.
    configuration.transport == other.transport && configuration.address == other.address
      && configuration.port == other.port && (other.port != 0 || configuration.name == other.name)
  }
}

extension Listener: CustomStringConvertible {
  /// `uppercase on udp 127.0.0.1:12000`, for the log, which has the name before it.
  var description: String {
    "\(configuration.service) on \(configuration.transport.rawValue) \(endpoint)"
  }
}
