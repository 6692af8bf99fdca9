import Addresses
import Glibc
import SystemPackage
import Testing

@testable import Sockets

@Suite("The packets of a client")
struct PacketOptionsTests {
  private static let addresses = ["127.0.0.1", "::1"]

  @Test("have the chosen hop limit and traffic class", arguments: addresses)
  func header(address: String) throws {
    let server = try DatagramSocket(boundTo: .at(address))
    try server.report([.hopLimit, .trafficClass])
    let client = try DatagramSocket(
      connectedTo: server.endpoint(), PacketOptions(hopLimit: 7, trafficClass: 0xB8))
    _ = try client.send([1])
    var batch = DatagramBatch()
    try #require(batch.receiveNext(from: server) == 1)
    let header = batch.packetReport(at: 0)
    #expect(header.hopLimit == 7 && header.trafficClass == 0xB8)
  }

  @Test("come from the chosen address")
  func source() throws {
    let server = try DatagramSocket(boundTo: .at("127.0.0.1"))
    let options = PacketOptions(source: try .at("127.0.0.2"))
    let client = try DatagramSocket(connectedTo: server.endpoint(), options)
    #expect(try client.descriptor.localEndpoint()?.address == IPAddress("127.0.0.2"))
    let listener = try ListeningSocket(boundTo: .at("127.0.0.1"), backlog: 1)
    let listening = try #require(try listener.descriptor.localEndpoint())
    let connection = try StreamSocket(connectingTo: listening, options)
    #expect(try connection.descriptor.localEndpoint()?.address == IPAddress("127.0.0.2"))
  }

  @Test("come only from an address of this machine, and of the destination's family")
  func foreignSource() throws {
    #expect(PacketOptions().hasOwnSource)
    #expect(PacketOptions(source: try .at("127.0.0.2")).hasOwnSource)
    // TEST-NET-3 (RFC 5737).
    #expect(!PacketOptions(source: try .at("203.0.113.77")).hasOwnSource)
    let options = PacketOptions(source: try .at("::1"))
    #expect(throws: Errno.addressFamilyNotSupported) {
      _ = try DatagramSocket(connectedTo: .at("127.0.0.1", port: 7), options)
    }
  }

  @Test("are not fragmented if that was chosen", arguments: addresses)
  func dontFragment(address: String) throws {
    let server = try DatagramSocket(boundTo: .at(address))
    let endpoint = try server.endpoint()
    let client = try DatagramSocket(connectedTo: endpoint, PacketOptions(dontFragment: true))
    let (level, name) =
      endpoint.address.isIPv4 ? (IPPROTO_IP, IP_MTU_DISCOVER) : (IPPROTO_IPV6, IPV6_MTU_DISCOVER)
    #expect(try SystemCall.option(client.descriptor, level: Int32(level), name) == IP_PMTUDISC_DO)
    let known = client.knownPathMTU
    let pathMTU = try #require(known)
    let headers = endpoint.address.isIPv4 ? 28 : 48
    if pathMTU < 65_536 {
      let tooLong = [UInt8](repeating: 0, count: pathMTU - headers + 1)
      #expect(throws: Errno.messageTooLong) { _ = try client.send(tooLong) }
    }
  }

  @Test("over TCP have the same options", arguments: addresses)
  func stream(address: String) throws {
    let listener = try ListeningSocket(boundTo: .at(address), backlog: 1)
    let endpoint = try #require(try listener.descriptor.localEndpoint())
    let options = PacketOptions(hopLimit: 9, trafficClass: 0x28, dontFragment: true)
    let socket = try StreamSocket(connectingTo: endpoint, options)
    let isIPv4 = endpoint.address.isIPv4
    let level = Int32(isIPv4 ? IPPROTO_IP : IPPROTO_IPV6)
    let names =
      isIPv4 ? [IP_TTL, IP_TOS, IP_MTU_DISCOVER] : [IPV6_UNICAST_HOPS, IPV6_TCLASS, IPV6_MTU_DISCOVER]
    let values = try names.map { try SystemCall.option(socket.descriptor, level: level, Int32($0)) }
    #expect(values == [9, 0x28, 2])
  }
}

extension DatagramSocket {
  fileprivate func endpoint() throws -> Endpoint { try #require(try descriptor.localEndpoint()) }
}
