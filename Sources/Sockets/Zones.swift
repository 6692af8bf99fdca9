public import Addresses
import Glibc
public import SystemPackage

// A zone has a name for people and an index for the kernel: those of a network interface. See RFC 4007, section 11.

extension Endpoint {
  /// Makes an endpoint of a zoned address, with the index of its zone. Throws ENODEV if there is no such interface.
  /// See if_nametoindex(3).
  public init(_ address: ZonedAddress, port: UInt16) throws(Errno) {
    var scope: UInt32 = 0
    if let zone = address.zone {
      scope = NetworkInterface.index(of: zone) ?? 0
      // A name can be a number; without such a name it is an index.
      if scope == 0, zone.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { scope = UInt32(zone) ?? 0 }
      if scope == 0 { throw .operationNotSupportedByDevice }
    }
    self.init(address: address.address, port: port, scope: scope)
  }

  /// The address, with its zone by name, or by index if the interface is gone. See if_indextoname(3).
  public var zonedAddress: ZonedAddress {
    guard scope != 0 else { return ZonedAddress(address) }
    return ZonedAddress(address, zone: NetworkInterface.name(of: scope) ?? "\(scope)")
  }

  /// The endpoint with its zone by name: `[fe80::1%eth0]:7`.
  public var textWithZoneName: String { scope == 0 ? "\(self)" : "[\(zonedAddress)]:\(port)" }
}
