/// An address and a port.
public struct Endpoint: Hashable, Sendable {
  /// The address.
  public var address: IPAddress
  /// The port, in host byte order; binding to 0 lets the kernel choose.
  public var port: UInt16
  /// The interface index of an IPv6 link-local address (RFC 4007), otherwise 0.
  public var scope: UInt32

  /// Makes an endpoint from its parts.
  public init(address: IPAddress, port: UInt16, scope: UInt32 = 0) {
    self.address = address
    self.port = port
    self.scope = scope
  }
}

extension Endpoint: CustomStringConvertible {
  /// `192.0.2.1:7`, or `[2001:db8::1]:7` in brackets as in RFC 3986, section 3.2.2.
  public var description: String {
    if address.isIPv4 { return "\(address):\(port)" }
    return scope == 0 ? "[\(address)]:\(port)" : "[\(address)%\(scope)]:\(port)"
  }
}
