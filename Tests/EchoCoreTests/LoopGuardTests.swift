import Addresses
import EchoCore
import Testing

@Suite("The loop guard")
struct LoopGuardTests {
  private func verdict(
    from source: String, port: UInt16, to destination: String? = "192.0.2.1", own: Set<UInt16> = [12000, 7]
  ) throws -> LoopGuard.Verdict {
    let source = Endpoint(address: try #require(IPAddress(source)), port: port)
    return LoopGuard(ownPorts: own).verdict(
      source: source, destination: try destination.map { try #require(IPAddress($0)) })
  }

  @Test("lets nobody be answered on a service's port", arguments: [0, 1, 7, 9, 19, 53, 123, 1022, 1023])
  func servicePorts(port: UInt16) throws {
    for source in ["127.0.0.1", "192.0.2.1", "203.0.113.9", "2001:db8::9"] {
      #expect(try verdict(from: source, port: port) == .loop)
      #expect(try verdict(from: source, port: port, own: []) == .loop)
    }
  }

  @Test("lets clients' ports be answered", arguments: [1024, 1025, 11999, 12001, 32768, 65535])
  func clientPorts(port: UInt16) throws {
    for source in ["127.0.0.1", "192.0.2.1", "203.0.113.9", "::1"] {
      #expect(try verdict(from: source, port: port) == .safe)
    }
  }

  @Test(
    "takes our own ports for a loop where the source is this machine",
    arguments: [
      ("127.0.0.1", "127.0.0.1"), ("127.0.0.9", "127.0.0.1"), ("::1", "::1"), ("::ffff:127.0.0.1", "::1"),
      ("192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::1"), ("::ffff:192.0.2.1", "192.0.2.1"),
    ])
  func ownPortsHere(source: String, destination: String) throws {
    #expect(try verdict(from: source, port: 12000, to: destination) == .loop)
  }

  @Test(
    "leaves it open on our own ports whether any other source is this machine",
    arguments: [
      ("203.0.113.9", "192.0.2.1"), ("192.0.2.2", "192.0.2.1"), ("2001:db8::9", "2001:db8::1"),
      ("203.0.113.9", nil), ("10.0.0.1", "127.0.0.1"),
    ] as [(String, String?)])
  func ownPortsElsewhere(source: String, destination: String?) throws {
    #expect(try verdict(from: source, port: 12000, to: destination) == .loopIfLocal)
  }

  @Test("knows no port of ours before it is told one")
  func noPorts() throws {
    #expect(try verdict(from: "127.0.0.1", port: 12000, own: []) == .safe)
  }
}
