public import Addresses
public import SystemPackage

/// An error of a socket and, if a host on the network reported it, what that host said. See ip(7), IP_RECVERR.
public struct ReportedError: Error, Hashable, Sendable {
  /// What the kernel makes of it.
  public let error: Errno
  /// The message of the host that reported it; `nil` if the error is the kernel's own.
  public let report: ICMPReport?

  /// Makes an error from its parts.
  public init(_ error: Errno, report: ICMPReport? = nil) {
    self.error = error
    self.report = report
  }

  /// The error in words, and who reported it: `host unreachable (reported by 192.0.2.1)`. A refusal by `peer` itself is
  /// only `Connection refused`.
  public func text(to peer: IPAddress) -> String {
    guard let report else { return "\(error)" }
    if error == .connectionRefused, report.sender.address == peer { return "\(error)" }
    return "\(report.meaning ?? "\(error)") (reported by \(report.sender))"
  }
}

/// An ICMP error message. See RFC 792 and RFC 4443.
public struct ICMPReport: Hashable, Sendable {
  /// The host that sent it: a router, the peer, or this machine itself.
  public let sender: ZonedAddress
  /// The message's type and code.
  public let type, code: UInt8
  /// The MTU of the link that a packet was too long for, in bytes with all headers; `nil` if the message has none. See
  /// RFC 1191, section 4, and RFC 4443, section 3.2.
  public let mtu: Int?

  /// Makes a report from its parts.
  public init(sender: ZonedAddress, type: UInt8, code: UInt8, mtu: Int? = nil) {
    (self.sender, self.type, self.code, self.mtu) = (sender, type, code, mtu)
  }

  /// What it means, where errno says it less well; otherwise `nil`. The address of the sender tells the protocol.
  var meaning: String? { sender.address.isIPv4 ? meaningOverIPv4 : meaningOverIPv6 }

  private var meaningOverIPv4: String? {
    switch (type, code) {
    case (3, 0), (3, 6), (3, 11): "network unreachable"
    case (3, 1), (3, 7), (3, 8), (3, 12): "host unreachable"
    case (3, 2): "protocol unreachable"
    case (3, 4): "message too long for the path MTU"
    case (3, 5): "source route failed"
    case (3, 9), (3, 10), (3, 13...15): "administratively prohibited"
    case (11, 0): "time to live exceeded"
    case (11, 1): "fragments missing"
    default: nil
    }
  }

  private var meaningOverIPv6: String? {
    switch (type, code) {
    case (1, 0): "network unreachable"
    case (1, 1), (1, 5), (1, 6): "administratively prohibited"
    case (1, 2): "source address beyond its scope"
    case (1, 3): "host unreachable"
    case (2, _): "message too long for the path MTU"
    case (3, 0): "hop limit exceeded"
    case (3, 1): "fragments missing"
    default: nil
    }
  }
}
