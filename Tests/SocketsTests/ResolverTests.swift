import Addresses
import Glibc
import SystemPackage
import Testing

@testable import Sockets

@Suite("The resolver")
struct ResolverTests {
  @Test("gives a literal's own address, once", arguments: ["127.0.0.1", "192.0.2.1", "::1", "2001:db8::1"])
  func literals(text: String) throws {
    #expect(try Resolver.endpoints(of: text, port: 12000) == [.at(text, port: 12000)])
  }

  @Test("keeps the zone of a link-local address")
  func zones() throws {
    let endpoint = try #require(try Resolver.endpoints(of: "fe80::1%lo", port: 7).first)
    #expect(endpoint.address == IPAddress("fe80::1") && endpoint.port == 7)
    #expect(endpoint.scope == if_nametoindex("lo") && endpoint.scope != 0)
  }

  @Test("finds this machine by its usual name, each address once")
  func localhost() throws {
    let endpoints = try Resolver.endpoints(of: "localhost", port: 65535)
    #expect(!endpoints.isEmpty && endpoints.count <= Resolver.addressLimit)
    #expect(endpoints.allSatisfy { $0.address.isLoopback && $0.port == 65535 })
    #expect(Set(endpoints).count == endpoints.count)
  }

  @Test("knows the name of this machine")
  func name() {
    var name = utsname()
    uname(&name)
    let expected = withUnsafeBytes(of: name.nodename) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    #expect(Resolver.machineName == expected)
  }

  @Test("says which host it cannot resolve", arguments: ["", "::1%no-such-interface"])
  func failures(host: String) throws {
    let error = try #require(
      throws: ResolutionError.self, performing: { try Resolver.endpoints(of: host, port: 7) })
    #expect(error.host == host)
    #expect(error.description.hasPrefix("cannot resolve \(host): "))
  }

  @Test("finds the addresses of one family only, if it is told to")
  func families() throws {
    for (literal, family, other) in [
      ("127.0.0.1", AddressFamily.ipv4, AddressFamily.ipv6), ("::1", .ipv6, .ipv4),
    ] {
      #expect(try Resolver.endpoints(of: literal, port: 7, family: family) == [.at(literal, port: 7)])
      let error = try #require(
        throws: ResolutionError.self,
        performing: { try Resolver.endpoints(of: literal, port: 7, family: other) })
      let name = other == .ipv4 ? "IPv4" : "IPv6"
      #expect(error.description == "cannot resolve \(literal): it has no \(name) address")
    }
    #expect(try Resolver.endpoints(of: "localhost", port: 7, family: .ipv4).allSatisfy(\.address.isIPv4))
  }

  @Test("says why, in words")
  func reasons() {
    let unknown = ResolutionError(host: "echo.example", code: EAI_NONAME, systemError: nil)
    #expect(unknown.description == "cannot resolve echo.example: Name or service not known")
    let system = ResolutionError(host: "echo.example", code: EAI_SYSTEM, systemError: .tooManyOpenFiles)
    #expect(system.description == "cannot resolve echo.example: \(Errno.tooManyOpenFiles)")
  }
}
