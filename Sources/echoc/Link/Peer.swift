import Addresses
import EchoCore
import Sockets

/// One address of a server.
struct Peer: Hashable, CustomStringConvertible {
  var transport: Transport
  var endpoint: Endpoint
  /// The PROXY header that comes before messages to it, if there is one.
  var header: SentHeader?
  /// The options of the packets to it.
  var packets = PacketOptions()

  /// `udp 127.0.0.1:12000`, `tcp [fe80::1%eth0]:7`.
  var description: String { "\(transport.rawValue) \(endpoint.textWithZoneName)" }

  /// Whether it is a link-local address without the interface that it is on.
  var lacksZone: Bool { endpoint.address.isIPv6LinkLocal && endpoint.scope == 0 }
}

extension [Peer] {
  /// The same addresses with the families taking turns, each family in its own order and the first address still first.
  /// See RFC 8305, section 4.
  func alternatingFamilies() -> [Peer] {
    let families = [true, false].map { ofFirst in
      filter { ($0.endpoint.address.isIPv4 == first?.endpoint.address.isIPv4) == ofFirst }
    }
    return (0..<count).flatMap { index in families.compactMap { index < $0.count ? $0[index] : nil } }
  }
}
