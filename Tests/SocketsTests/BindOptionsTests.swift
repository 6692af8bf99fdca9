import Addresses
import SystemPackage
import TestSupport
import Testing

@testable import Sockets

@Suite("How a socket was bound")
struct BindOptionsTests {
  @Test(
    "is read back from the socket", arguments: ["127.0.0.1", "0.0.0.0", "::1", "::"],
    [
      BindOptions(), BindOptions(freeBind: true), BindOptions(interface: 1),
      BindOptions(isIPv6Only: true, interface: 1, freeBind: true),
    ])
  func readBack(address: String, options: BindOptions) throws {
    try #require(NetworkInterface.index(of: "lo") == 1)
    let endpoint = try Endpoint.at(address)
    // Only the wildcard of IPv6 can leave IPv4 to others.
    let expected = BindOptions(
      isIPv6Only: options.isIPv6Only && address == "::", interface: options.interface,
      freeBind: options.freeBind)
    let udp = try DatagramSocket(boundTo: endpoint, options)
    #expect(try udp.descriptor.boundOptions() == expected)
    let tcp = try ListeningSocket(boundTo: endpoint, options, backlog: 1)
    #expect(try tcp.descriptor.boundOptions() == expected)
  }

  @Test("is nothing on a Unix socket")
  func unix() throws {
    let directory = try TemporaryDirectory()
    let socket = try ListeningSocket(unixPath: directory.file("socket"), backlog: 1)
    #expect(try socket.descriptor.boundOptions() == BindOptions())
  }
}
