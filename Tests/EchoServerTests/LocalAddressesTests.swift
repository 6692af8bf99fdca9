import Addresses
import Sockets
import Testing

@testable import EchoServer

@Suite("Local addresses")
struct LocalAddressesTests {
  @Test("hold all of loopback", arguments: ["127.0.0.1", "127.255.3.4", "::1"])
  func loopback(address: String) throws {
    var addresses = LocalAddresses()
    let isLocal = addresses.contains(try #require(IPAddress(address)), at: 0)
    #expect(isLocal)
  }

  @Test("hold those of the interfaces, at once and after their lifetime")
  func interfaces() throws {
    var addresses = LocalAddresses()
    for address in try #require(Host.interfaceAddresses()) {
      for now in [0, 1, LocalAddresses.lifetimeMilliseconds, 3 * LocalAddresses.lifetimeMilliseconds] {
        let isLocal = addresses.contains(address, at: now)
        #expect(isLocal)
      }
    }
  }

  @Test(
    "hold no other",
    arguments: ["203.0.113.77", "2001:db8:ffff::77", "0.0.0.0", "::", "255.255.255.255", "128.0.0.1"])
  func foreign(address: String) throws {
    var addresses = LocalAddresses()
    for now in [0, Int64.max] {
      let isLocal = addresses.contains(try #require(IPAddress(address)), at: now)
      #expect(!isLocal)
    }
  }
}
