import Addresses
import Sockets
import SystemPackage

/// The address to send from, as it is written on the command line.
struct SourceAddress {
  let endpoint: Endpoint

  /// Why a text is not such an address.
  enum Problem: Error, Hashable, CustomStringConvertible {
    case notAnAddress(String)
    case interface(String)
    case noInterface(String)
    case lacksZone(String)

    var description: String {
      switch self {
      case .notAnAddress(let text): "\"\(text)\" is not an IP address"
      case .interface(let text): "\(text) is an interface; give one of its addresses instead"
      case .noInterface(let zone): "this machine has no interface \(zone)"
      case .lacksZone(let text): "a link-local address needs its zone, as in \(text)%eth0"
      }
    }
  }

  /// Reads `192.0.2.7`, `2001:db8::7` or `fe80::7%eth0`.
  init(_ text: String) throws(Problem) {
    guard let address = ZonedAddress(text) else {
      throw NetworkInterface.index(of: text) == nil ? .notAnAddress(text) : .interface(text)
    }
    if address.lacksZone { throw .lacksZone(text) }
    do throws(Errno) {
      endpoint = try Endpoint(address, port: 0)
    } catch {
      throw .noInterface(address.zone ?? "")
    }
  }
}
