/// An address and a port: one end of a conversation.
public struct Endpoint: Hashable, Sendable {
  /// The host.
  public var address: IPAddress
  /// The port, in host byte order; 0 asks the kernel to choose when bound.
  public var port: UInt16
  /// The interface's index of an IPv6 link-local address (RFC 4007), otherwise 0.
  public var scope: UInt32

  /// Makes an endpoint of its parts.
  public init(address: IPAddress, port: UInt16, scope: UInt32 = 0) {
    self.address = address
    self.port = port
    self.scope = scope
  }
}

extension Endpoint: CustomStringConvertible {
  /// `192.0.2.1:7`, or `[2001:db8::1]:7` with the brackets of RFC 3986, section 3.2.2.
  public var description: String {
    if address.isIPv4 { return "\(address):\(port)" }
    return scope == 0 ? "[\(address)]:\(port)" : "[\(address)%\(scope)]:\(port)"
  }
}
