public import Addresses
import CLinux
import Glibc
import SystemPackage

/// The options of the packets that a client's socket sends. What is `nil` is the system's choice.
public struct PacketOptions: Hashable, Sendable {
  /// The address to send from, of the destination's family; port 0 is the kernel's choice.
  public var source: Endpoint? {
    get { sources.first }
    set { sources = newValue.map { [$0] } ?? [] }
  }
  /// The time to live, or hop limit: 1 to 255. See ip(7), IP_TTL; ipv6(7), IPV6_UNICAST_HOPS.
  public var hopLimit: UInt8?
  /// The DSCP in the upper six bits, and the ECN, which the kernel chooses itself over TCP. See ip(7), IP_TOS;
  /// RFC 3542, section 6.5, IPV6_TCLASS.
  public var trafficClass: UInt8?
  /// Whether a packet that is too long for the path is refused with EMSGSIZE instead of fragmented. See ip(7),
  /// IP_MTU_DISCOVER.
  public var dontFragment: Bool
  // At most one. Swift 6.3 misaligns an endpoint (16-byte alignment) that is deep in a large value, and then crashes.
  private var sources: [Endpoint]

  /// Makes options; by default everything is the system's choice.
  public init(
    source: Endpoint? = nil, hopLimit: UInt8? = nil, trafficClass: UInt8? = nil, dontFragment: Bool = false
  ) {
    self.sources = source.map { [$0] } ?? []
    self.hopLimit = hopLimit
    self.trafficClass = trafficClass
    self.dontFragment = dontFragment
  }
}

extension PacketOptions {
  /// Whether the source is an address of this machine, as far as bind(2) tells; `true` without one.
  public var hasOwnSource: Bool {
    guard let source else { return true }
    let family = AddressFamily(of: source.address)
    do throws(Errno) {
      let probe = Descriptor(owning: try SystemCall.retrying { clinux_socket(family.domain, false) })
      try probe.set(PacketOptions(source: source), family: family)
    } catch .addressNotAvailable {
      return false
    } catch {
    }
    return true
  }
}

extension Descriptor {
  /// Applies the options to a socket that is not connected yet. A source that is not this machine's throws
  /// EADDRNOTAVAIL, and one of the other family EAFNOSUPPORT.
  func set(_ options: PacketOptions, family: AddressFamily) throws(Errno) {
    let isIPv4 = family == .ipv4
    let level = Int32(isIPv4 ? IPPROTO_IP : IPPROTO_IPV6)
    if let hopLimit = options.hopLimit {
      let name = isIPv4 ? Int32(IP_TTL) : Int32(IPV6_UNICAST_HOPS)
      try SystemCall.setOption(self, level: level, name, to: Int32(hopLimit))
    }
    if let trafficClass = options.trafficClass {
      let name = isIPv4 ? Int32(IP_TOS) : Int32(IPV6_TCLASS)
      try SystemCall.setOption(self, level: level, name, to: Int32(trafficClass))
    }
    if options.dontFragment {
      let name = isIPv4 ? Int32(IP_MTU_DISCOVER) : Int32(IPV6_MTU_DISCOVER)
      let value = isIPv4 ? Int32(IP_PMTUDISC_DO) : Int32(IPV6_PMTUDISC_DO)
      try SystemCall.setOption(self, level: level, name, to: value)
    }
    if let source = options.source {
      guard AddressFamily(of: source.address) == family else { throw .addressFamilyNotSupported }
      let address = SocketAddress(source, family: family)
      _ = try SystemCall.retrying { address.withPointer { Glibc.bind(number, $0, $1) } }
    }
  }
}
