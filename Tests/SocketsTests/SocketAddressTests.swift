import Addresses
import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("A socket address")
struct SocketAddressTests {
  private func bytes(_ address: SocketAddress) -> [UInt8] {
    withUnsafeBytes(of: address.storage) { Array($0.prefix(Int(address.length))) }
  }

  @Test("of IPv4 is laid out as the kernel reads it")
  func ipv4() throws {
    let address = SocketAddress(try .at("192.0.2.1", port: 0x1234), family: .ipv4)
    let family = withUnsafeBytes(of: sa_family_t(AF_INET)) { Array($0) }
    #expect(bytes(address) == family + [0x12, 0x34, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test("of IPv6 is laid out as the kernel reads it")
  func ipv6() throws {
    var endpoint = try Endpoint.at("2001:db8::ff", port: 0x1234)
    endpoint.scope = 3
    let family = withUnsafeBytes(of: sa_family_t(AF_INET6)) { Array($0) }
    let octets: [UInt8] = [0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF]
    let scope = withUnsafeBytes(of: UInt32(3)) { Array($0) }
    #expect(
      bytes(SocketAddress(endpoint, family: .ipv6)) == family + [0x12, 0x34, 0, 0, 0, 0] + octets + scope)
  }

  @Test(
    "holds the endpoint that it was made of",
    arguments: [
      ("127.0.0.1", AddressFamily.ipv4), ("0.0.0.0", .ipv4), ("255.255.255.255", .ipv4), ("::", .ipv6),
      ("::1", .ipv6), ("fe80::1", .ipv6), ("127.0.0.1", .ipv6),
    ])
  func roundTrip(text: String, family: AddressFamily) throws {
    for port in [UInt16(0), 7, 12000, 65535] {
      var endpoint = try Endpoint.at(text, port: port)
      if !endpoint.address.isIPv4 { endpoint.scope = 5 }
      #expect(SocketAddress(endpoint, family: family).endpoint == endpoint)
    }
  }

  @Test("of IPv4 is v4-mapped on an IPv6 socket")
  func mapped() throws {
    let address = SocketAddress(try .at("192.0.2.1", port: 7), family: .ipv6)
    #expect(Array(bytes(address)[8..<24]) == [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 192, 0, 2, 1])
  }

  @Test("has the family in which the address is bound")
  func families() throws {
    #expect(AddressFamily(of: .loopbackIPv4) == .ipv4 && AddressFamily(of: .anyIPv4) == .ipv4)
    #expect(AddressFamily(of: .anyIPv6) == .ipv6)
    #expect(AddressFamily(of: try #require(IPAddress("::ffff:127.0.0.1"))) == .ipv4)
  }

  @Test("in the file system has room for 107 bytes")
  func unixPaths() {
    let longest = "/" + String(repeating: "a", count: 106)
    #expect(SocketAddress(unixPath: longest)?.unixPath == longest)
    #expect(SocketAddress(unixPath: longest + "a") == nil)
    #expect(SocketAddress(unixPath: "/" + String(repeating: "é", count: 54)) == nil)
    #expect(SocketAddress(unixPath: "") == nil)
    #expect(SocketAddress(unixPath: "/run/echod.sock")?.endpoint == nil)
  }

  @Test("has a path only in the file system")
  func otherPaths() throws {
    #expect(SocketAddress().unixPath == nil)
    #expect(SocketAddress(try .at("127.0.0.1", port: 7), family: .ipv4).unixPath == nil)
    #expect(SocketAddress(unixPath: "\0abstract")?.unixPath == nil)
  }

  @Test("of too few bytes is no endpoint")
  func tooShort() throws {
    for (endpoint, family, size) in [
      (try Endpoint.at("192.0.2.1", port: 7), AddressFamily.ipv4, 16),
      (try Endpoint.at("2001:db8::1", port: 7), .ipv6, 28),
    ] {
      withUnsafeBytes(of: SocketAddress(endpoint, family: family).storage) { storage in
        for count in 0..<size {
          #expect(Endpoint(socketAddress: UnsafeRawBufferPointer(rebasing: storage[..<count])) == nil)
        }
        #expect(Endpoint(socketAddress: UnsafeRawBufferPointer(rebasing: storage[..<size])) == endpoint)
      }
    }
  }

  @Test("of another family is no endpoint", arguments: [AF_UNSPEC, AF_UNIX, AF_PACKET, 0xFFFF])
  func otherFamilies(family: Int32) {
    var storage = sockaddr_storage()
    storage.ss_family = sa_family_t(family)
    #expect(withUnsafeBytes(of: storage) { Endpoint(socketAddress: $0) } == nil)
  }

  @Test("is unspecified room until the kernel writes one")
  func room() {
    #expect(SocketAddress().endpoint == nil)
    #expect(Int(SocketAddress().length) == MemoryLayout<sockaddr_storage>.size)
  }
}
