import Addresses
import Testing

@Suite("An address with its zone")
struct ZonedAddressTests {
  @Test(
    "is read and written as people do",
    arguments: [
      ("fe80::1%eth0", "fe80::1", "eth0"), ("fe80::1%2", "fe80::1", "2"),
      ("febf::1%br-lan.7", "febf::1", "br-lan.7"), ("fe80::1%abcdefghijklmno", "fe80::1", "abcdefghijklmno"),
      ("fe80::1", "fe80::1", nil), ("2001:db8::1", "2001:db8::1", nil), ("192.0.2.1", "192.0.2.1", nil),
    ])
  func parts(text: String, address: String, zone: String?) throws {
    let zoned = try #require(ZonedAddress(text))
    #expect(zoned.address == IPAddress(address) && zoned.zone == zone)
    #expect(zoned.description == text)
  }

  @Test(
    "has no zone that no interface can have, and none that it does not need",
    arguments: [
      "", "%eth0", "fe80::1%", "fe80::1%.", "fe80::1%..", "fe80::1%a/b", "fe80::1%a b", "fe80::1%a:b",
      "fe80::1%eth0%1", "fe80::1%eth0\0", "fe80::1%]", "fe80::1%ethö", "fe80::1%abcdefghijklmnop",
      "::1%lo", "2001:db8::1%eth0", "192.0.2.1%eth0", "localhost%lo", "[fe80::1%eth0]",
    ])
  func refusals(text: String) {
    #expect(ZonedAddress(text) == nil)
  }

  @Test("knows whether it lacks its zone")
  func missing() throws {
    #expect(try #require(ZonedAddress("fe80::1")).lacksZone)
    for text in ["fe80::1%eth0", "2001:db8::1", "::1", "169.254.0.1"] {
      #expect(try !#require(ZonedAddress(text)).lacksZone)
    }
  }
}
