import Addresses
import EchoCore

/// A bound listener: its policy, its sockets, and a queue for each socket.
struct Listener {
  private(set) var policy: ListenerPolicy
  let plan: SocketPlan
  let sockets: [BoundSocket]
  let queues: [any ListenerQueue]
  /// What each socket is bound to, with the port that the kernel chose.
  let endpoints: [Endpoint]

  var configuration: ListenerConfiguration { policy.configuration }

  /// The listener after a reload that keeps its sockets and queues. See ``ListenerPolicy/changed(to:)``.
  func changed(to newer: ListenerConfiguration) -> Listener {
    guard newer != configuration else { return self }
    var listener = self
    listener.policy = policy.changed(to: newer)
    return listener
  }

  /// What the first socket is bound to.
  var endpoint: Endpoint {
    endpoints.first ?? plan.endpoint
  }

  /// Listeners with the same identity before and after a reload have the same statistics.
  var identity: Identity { Identity(name: configuration.name, transport: configuration.transport) }

  struct Identity: Hashable {
    let name: String
    let transport: Transport
  }

  /// What the statistics say about a listener; unlike the listener, it keeps no socket open.
  struct Facts {
    let configuration: ListenerConfiguration
    let endpoint: Endpoint
    let identity: Identity
  }

  var facts: Facts { Facts(configuration: configuration, endpoint: endpoint, identity: identity) }

  /// Whether a new listener wants the same sockets, so that they can be handed over.
  func hasSameSockets(as name: String, _ other: SocketPlan) -> Bool {
    // Listeners on port 0 have different ports, so the names must match.
    plan == other && (other.endpoint.port != 0 || configuration.name == name)
  }
}

extension Listener: CustomStringConvertible {
  /// `uppercase on udp 127.0.0.1:12000`, for the log, which has the name before it.
  var description: String {
    let (bound, interface) = (endpoint, configuration.boundInterface)
    let address = BoundAddress.internet(
      configuration.transport, bound.address, port: bound.port, interface: interface)
    return "\(configuration.service) on \(address)"
  }
}
