public import Addresses

/// A socket that systemd passes, or would pass: what its assignment depends on.
public struct ActivationSocket: Hashable, Sendable {
  /// Its name. All sockets of one unit have the same. See systemd.socket(5), FileDescriptorName=.
  public let name: String
  /// UDP; or TCP, which includes Unix stream sockets.
  public let transport: Transport
  /// The address it is bound to; `nil` for one that no configuration can have.
  public let address: BoundAddress?

  /// Makes a socket of its parts.
  public init(name: String, transport: Transport, address: BoundAddress?) {
    self.name = name
    self.transport = transport
    self.address = address
  }
}

extension ActivationSocket: CustomStringConvertible {
  /// `"echod.socket" (tcp 127.0.0.1:12000)`.
  public var description: String { "\(quoted(name)) (\(address.map(\.description) ?? "no address"))" }
}

/// The address of a socket, by which a passed socket is matched with the configuration.
public enum BoundAddress: Hashable, Sendable {
  /// An address and a port, on every interface or on one.
  case internet(Transport, IPAddress, port: UInt16, interface: String? = nil)
  /// A path in the file system.
  case unix(path: String)

  /// The address of a listener; `nil` when the kernel chooses the port.
  public init?(of listener: ListenerConfiguration) {
    guard listener.port != 0 else { return nil }
    self.init(of: listener, port: listener.port)
  }

  /// The address of a listener on a port that the kernel may have chosen, or 0.
  public init(of listener: ListenerConfiguration, port: UInt16) {
    self = .internet(
      listener.transport, listener.address, port: port, interface: listener.boundInterface)
  }

  /// The address of the admin socket; `nil` when the kernel chooses the port.
  public init?(of admin: AdminEndpoint) {
    switch admin {
    case .tcp(_, port: 0): return nil
    case .tcp(let address, let port): self = .internet(.tcp, address, port: port)
    case .unix(let path): self = .unix(path: path)
    }
  }
}

extension BoundAddress: CustomStringConvertible {
  /// `tcp 127.0.0.1:12000`, `udp [::]:7 on eth0`, `udp [fe80::1%eth0]:7` or `unix /run/echod/admin.sock`.
  public var description: String {
    switch self {
    case .internet(let transport, let address, let port, let interface?) where address.isIPv6LinkLocal:
      "\(transport.rawValue) [\(ZonedAddress(address, zone: interface))]:\(port)"
    case .internet(let transport, let address, let port, let interface):
      "\(transport.rawValue) \(Endpoint(address: address, port: port))\(interface.map { " on \($0)" } ?? "")"
    case .unix(let path): "unix \(path)"
    }
  }
}
