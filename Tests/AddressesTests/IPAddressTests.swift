import Addresses
import Testing

@Suite("An IP address")
struct IPAddressTests {
  @Test(
    "is read and written in its usual form",
    arguments: ["0.0.0.0", "127.0.0.1", "255.255.255.255", "::", "::1", "2001:db8::ff:0:1", "fe80::1"])
  func roundTrip(text: String) throws {
    #expect(try #require(IPAddress(text)).description == text)
  }

  @Test("is the same value as its v4-mapped form")
  func mapped() {
    #expect(IPAddress("::ffff:192.0.2.1") == IPAddress("192.0.2.1"))
    #expect(IPAddress("::ffff:192.0.2.1")?.description == "192.0.2.1")
  }

  @Test(
    "is read from a literal only",
    arguments: [
      "", "localhost", "1.2.3", "1.2.3.4.5", "256.0.0.1", "[::1]", "::1%lo", "1.2.3.4\0", " 1.2.3.4",
      "01.2.3.4",
    ])
  func refusals(text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test("is read from the bytes of an IPv6 literal too")
  func bytes() {
    func read(_ text: String) -> IPAddress? { Array(text.utf8).withUnsafeBytes { IPAddress(ipv6: $0) } }
    let longest = "0000:0000:0000:0000:0000:ffff:192.100.100.100"
    #expect(longest.utf8.count == IPAddress.longestText)
    for text in ["::", "2001:db8::1", "2001:DB8::1", "::ffff:192.0.2.1", longest] {
      #expect(read(text) == IPAddress(text) && read(text) != nil)
    }
    for text in ["", "192.0.2.1", "::1%lo", "[::1]", "::1\0", ":::", "0" + longest, longest + "0"] {
      #expect(read(text) == nil)
    }
  }

  @Test("can be turned into the kernel's form and back")
  func kernelForm() throws {
    let address = try #require(IPAddress("2001:db8::1"))
    #expect(IPAddress(address.in6) == address)
    #expect(IPAddress(v4: 0x7F00_0001) == IPAddress("127.0.0.1"))
    #expect(IPAddress("127.0.0.1")?.v4Bits == 0x7F00_0001)
    #expect(address.v4Bits == nil)
  }

  @Test("knows its kind")
  func kinds() throws {
    func kind(_ text: String, _ property: KeyPath<IPAddress, Bool>) throws -> Bool {
      try #require(IPAddress(text))[keyPath: property]
    }
    #expect(try kind("0.0.0.0", \.isUnspecified) && kind("::", \.isUnspecified))
    #expect(try !kind("0.0.0.1", \.isUnspecified) && !kind("::1", \.isUnspecified))
    #expect(try kind("127.255.0.1", \.isLoopback) && kind("::1", \.isLoopback))
    #expect(try !kind("128.0.0.1", \.isLoopback) && !kind("::2", \.isLoopback))
    #expect(try kind("224.0.0.1", \.isMulticastOrBroadcast) && kind("ff02::1", \.isMulticastOrBroadcast))
    #expect(
      try kind("255.255.255.255", \.isMulticastOrBroadcast) && !kind("223.0.0.1", \.isMulticastOrBroadcast))
    #expect(try kind("fe80::1", \.isIPv6LinkLocal) && !kind("fec0::1", \.isIPv6LinkLocal))
  }

  @Test("makes with a port an endpoint whose text keeps them apart")
  func endpoints() throws {
    #expect(try Endpoint(address: #require(IPAddress("192.0.2.1")), port: 7).description == "192.0.2.1:7")
    #expect(try Endpoint(address: #require(IPAddress("::1")), port: 7).description == "[::1]:7")
    #expect(
      try Endpoint(address: #require(IPAddress("fe80::1")), port: 7, scope: 2).description == "[fe80::1%2]:7")
  }
}
