import Addresses
import EchoCore
import Glibc
import Sockets
import Testing
import TestSupport

@testable import EchoServer

@Suite("How a datagram arrived")
struct DatagramDeliveryTests {
  /// A client's socket with a hop limit and a traffic class.
  private static func client(isIPv6: Bool, hopLimit: Int32 = 64, trafficClass: Int32 = 0) throws
    -> PlainSocket
  {
    let client = try PlainSocket(.udp, isIPv6: isIPv6)
    if isIPv6 {
      client.setOption(Int32(IPPROTO_IPV6), Int32(IPV6_UNICAST_HOPS), to: hopLimit)
      client.setOption(Int32(IPPROTO_IPV6), Int32(IPV6_TCLASS), to: trafficClass)
      client.setOption(Int32(IPPROTO_IPV6), Int32(IPV6_RECVTCLASS), to: 1)
    } else {
      client.setOption(Int32(IPPROTO_IP), Int32(IP_TTL), to: hopLimit)
      client.setOption(Int32(IPPROTO_IP), Int32(IP_TOS), to: trafficClass)
      client.setOption(Int32(IPPROTO_IP), Int32(IP_RECVTOS), to: 1)
    }
    return client
  }

  @Test(
    "is told by identify", arguments: [("127.0.0.1", "127.0.0.1"), ("::", "::1"), ("::", "127.0.0.1")])
  func identify(bound: String, asked: String) async throws {
    try await ServerUnderTest.with([.test(.udp, .identify, on: bound)]) { echod in
      let server = try await echod.endpoint("udp", on: asked)
      let client = try Self.client(isIPv6: asked.contains(":"), hopLimit: 63, trafficClass: 0xB9)
      try client.send([UInt8](repeating: 0, count: 400), to: server)
      let reply = String(decoding: try await client.receiveDatagram().bytes, as: UTF8.self)
      let port = try client.localEndpoint().port
      let own = Endpoint(address: server.address, port: port)
      #expect(
        reply == #"{"from":"\#(own)","to":"\#(server)","listener":"udp","host":"\#(Resolver.machineName)","#
          + #""transport":"udp","bytes":400,"hopLimit":63,"dscp":46,"ecn":1}"# + "\n")
    }
  }

  @Test("is reported by the kernel only where a service or the key needs it, also after a reload")
  func reported() async throws {
    let plain = ListenerConfiguration.test(.udp, .echo)
    let identify = ListenerConfiguration.test(.udp, .identify)
    let reflecting = plain.changed { $0.reflectTrafficClass = true }
    let phases: [(ListenerConfiguration, hopLimit: Bool, trafficClass: Bool)] = [
      (plain, false, false), (identify, true, true), (plain, false, false), (reflecting, false, true),
      (identify, true, true), (reflecting, false, true), (plain, false, false),
    ]
    try await ServerUnderTest.with([plain]) { echod in
      let port = try await echod.endpoint("udp").port
      for phase in phases {
        try await echod.apply([phase.0])
        let sockets = try OpenSocket.all(.udp, onPort: port)
        #expect(
          sockets.map(\.reportsHeaders.hopLimit) == [phase.hopLimit]
            && sockets.map(\.reportsHeaders.trafficClass) == [phase.trafficClass])
      }
    }
  }

  @Test(
    "is reflected in the reply with reflectTrafficClass, held or not",
    arguments: [("127.0.0.1", "127.0.0.1"), ("::", "::1"), ("::", "127.0.0.1")], [0, 20] as [Int64])
  func reflected(path: (bound: String, asked: String), delay: Int64) async throws {
    let address = try #require(IPAddress(path.bound))
    for reflects in [true, false] {
      try await QueueUnderTest.with(
        .udp, .delayed(milliseconds: delay),
        change: { ($0.address, $0.reflectTrafficClass) = (address, reflects) },
        { echod in
          let server = Endpoint(address: try #require(IPAddress(path.asked)), port: echod.endpoint.port)
          for trafficClass in [0xB9, 0x00, 0x03] as [Int32] {
            let client = try Self.client(isIPv6: path.asked.contains(":"), trafficClass: trafficClass)
            try client.send([1, 2], to: server)
            let reply = try await client.receiveWithTrafficClass()
            #expect(reply.bytes == [1, 2])
            #expect(reply.trafficClass == (reflects ? UInt8(trafficClass) : 0))
          }
        })
    }
  }

  @Test("is reflected as soon as a reload asks for it")
  func changed() async throws {
    try await ServerUnderTest.with([.test(.udp, .echo)]) { echod in
      let server = try await echod.endpoint("udp")
      let client = try Self.client(isIPv6: false, trafficClass: 0x28)
      for reflects in [false, true, false] {
        try await echod.apply([.test(.udp, .echo) { $0.reflectTrafficClass = reflects }])
        try client.send([1], to: server)
        #expect(try await client.receiveWithTrafficClass().trafficClass == (reflects ? 0x28 : 0))
      }
    }
  }
}
