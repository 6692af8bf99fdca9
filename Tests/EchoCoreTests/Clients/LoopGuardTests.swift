import Addresses
import EchoCore
import Testing

@Suite("The loop guard")
struct LoopGuardTests {
  private static let addresses = ["127.0.0.1", "192.0.2.1", "::ffff:192.0.2.1", "2001:db8::9", "::1"]

  private func suspects(
    _ address: String, _ port: UInt16, own: Set<UInt16> = [12000, 7], trustsLowPorts: Bool = false,
    trustedPort: UInt16 = 0
  ) throws -> Bool {
    let source = Endpoint(address: try #require(IPAddress(address)), port: port)
    return LoopGuard(ownPorts: own).suspects(source, trustsLowPorts: trustsLowPorts, trustedPort: trustedPort)
  }

  @Test(
    "answers nobody on a service's port", arguments: [0, 1, 7, 9, 19, 53, 123, 1022, 1023], addresses
  )
  func servicePorts(port: UInt16, address: String) throws {
    #expect(try suspects(address, port))
    #expect(try suspects(address, port, own: []))
  }

  @Test("answers clients on their ports", arguments: [1024, 1025, 11999, 12001, 32768, 65535], addresses)
  func clientPorts(port: UInt16, address: String) throws {
    #expect(try !suspects(address, port))
  }

  @Test(
    "answers nobody on one of our ports: it is a listener of this host, or an echod on another",
    arguments: addresses)
  func ownPorts(address: String) throws {
    #expect(try suspects(address, 12000))
    #expect(try !suspects(address, 12000, own: []))
  }

  @Test(
    "answers a service's port where it is trusted, but never port 0 nor one of ours",
    arguments: addresses)
  func trusted(address: String) throws {
    for port: UInt16 in [1, 9, 53, 1023] { #expect(try !suspects(address, port, trustsLowPorts: true)) }
    for port: UInt16 in [0, 7, 12000] { #expect(try suspects(address, port, trustsLowPorts: true)) }
  }

  @Test("answers one of our ports where clients share it, and no other")
  func shared() throws {
    #expect(try !suspects("192.0.2.1", 7, trustsLowPorts: true, trustedPort: 7))
    #expect(try !suspects("192.0.2.1", 12000, trustedPort: 12000))
    #expect(try suspects("192.0.2.1", 12000, trustsLowPorts: true, trustedPort: 7))
    #expect(try suspects("192.0.2.1", 7, trustedPort: 7))
  }
}
