import Addresses
import Glibc
import Sockets
import SystemPackage
import Testing

@Suite("A zone")
struct ZonesTests {
  private let loopback = if_nametoindex("lo")

  @Test("is an interface's index to the kernel and its name to people")
  func names() throws {
    for text in ["fe80::1%lo", "fe80::1%\(loopback)"] {
      let endpoint = try Endpoint(#require(ZonedAddress(text)), port: 7)
      #expect(endpoint.scope == loopback && endpoint.port == 7)
      #expect(endpoint.zonedAddress.description == "fe80::1%lo")
      #expect(endpoint.textWithZoneName == "[fe80::1%lo]:7")
    }
  }

  @Test("is left out where there is none", arguments: ["192.0.2.1", "::1", "fe80::1"])
  func none(text: String) throws {
    let endpoint = try Endpoint(#require(ZonedAddress(text)), port: 7)
    #expect(try endpoint == .at(text, port: 7))
    #expect(endpoint.zonedAddress.description == text)
    #expect(endpoint.textWithZoneName == endpoint.description)
  }

  @Test("is its index to people too when the interface is gone")
  func gone() throws {
    let endpoint = try Endpoint(#require(ZonedAddress("fe80::1%4000000000")), port: 7)
    #expect(endpoint.zonedAddress.description == "fe80::1%4000000000")
  }

  @Test("is an interface of this machine", arguments: ["no-such-one", "0", "4294967296"])
  func unknown(zone: String) throws {
    let address = try ZonedAddress(#require(IPAddress("fe80::1")), zone: zone)
    #expect(throws: Errno.operationNotSupportedByDevice) { try Endpoint(address, port: 7) }
  }
}
