import Addresses
@testable import EchoCore
import Testing
import TestSupport

@testable import EchoServer

@Suite("A UDP listener behind proxies")
struct ProxiedDatagramsTests {
  private static let client = Endpoint(address: IPAddress(v4: 0xC000_0207), port: 40_000)
  private static let server = Endpoint(address: IPAddress(v4: 0xC000_0201), port: 53)

  private static func header(_ client: Endpoint = client) throws -> [UInt8] {
    try #require(ProxyHeader.bytes(version: 2, from: client, to: server, over: .udp))
  }

  /// A listener for one proxy, on loopback, which everyone may use.
  private static func listener(
    _ service: Service = .echo, _ datagrams: ProxyProtocol.Datagrams = .each,
    from network: String = "127.0.0.1/32",
    change: (inout ListenerConfiguration) -> Void = { _ in }
  ) throws -> ListenerConfiguration {
    let networks = try [Prefix(network)]
    let everyone = try ["0.0.0.0/0", "::/0"].map { try Prefix($0) }
    return .test(.udp, service) {
      $0.proxyProtocol = ProxyProtocol(from: networks, datagrams: datagrams)
      $0.allow = everyone
      change(&$0)
    }
  }

  @Test("sends what follows the header back to the proxy, without the header")
  func echo() async throws {
    try await ServerUnderTest.with([Self.listener()]) { echod in
      let server = try await echod.endpoint("udp")
      let proxy = try PlainSocket(.udp)
      for size in [0, 1, 1000, 65_507 - 28] {
        let message = noise(size)
        try proxy.send(Self.header() + message, to: server)
        let reply = try await proxy.receiveDatagram()
        #expect(reply.bytes == message && reply.source == server)
      }
      let statistics = try await echod.statistics("udp")
      #expect(statistics[.messagesReceived] == 4 && statistics[.clientsTotal] == 1)
      #expect(statistics[.bytesReceived] == statistics[.bytesSent] && statistics.droppedTotal == 0)
    }
  }

  @Test("tells the client and the proxy apart", arguments: ProxyProtocol.Datagrams.allCases)
  func identify(datagrams: ProxyProtocol.Datagrams) async throws {
    try await ServerUnderTest.with([Self.listener(.identify, datagrams)]) { echod in
      let server = try await echod.endpoint("udp")
      let proxy = try PlainSocket(.udp)
      let message = [UInt8](repeating: 0, count: 500)
      for number in 0..<3 {
        try proxy.send((number == 0 || datagrams == .each ? Self.header() : []) + message, to: server)
        let reply = String(decoding: try await proxy.receiveDatagram().bytes, as: UTF8.self)
        let via = Endpoint(address: .loopbackIPv4, port: try proxy.localEndpoint().port)
        #expect(
          reply.hasPrefix(
            #"{"from":"192.0.2.7:40000","to":"192.0.2.1:53","via":"\#(via)","#
              + #""proxy":{"version":2,"command":"PROXY"},"listener":"udp","#))
        #expect(reply.contains(#","bytes":500,"#))
      }
      let clients = await echod.server.queues[0].busiestClients()
      #expect(clients.map(\.client) == [Self.client])
      #expect(clients.first?.messages == 3 && clients.first?.bytes == 1500)
    }
  }

  @Test("answers nobody but the proxies, and no proxy without a header")
  func refused() async throws {
    try await ServerUnderTest.with([Self.listener(from: "127.0.0.1/32")]) { echod in
      let server = try await echod.endpoint("udp")
      let other = try PlainSocket(.udp, boundTo: Endpoint(address: IPAddress(v4: 0x7F00_0002), port: 0))
      let proxy = try PlainSocket(.udp)
      try other.send(Self.header() + [1], to: server)
      try proxy.send([1], to: server)
      try proxy.send(Self.header().dropLast(), to: server)
      try proxy.send(Self.header() + [7], to: server)
      #expect(try await proxy.receiveDatagram().bytes == [7])
      #expect(!proxy.hasInput() && !other.hasInput())
      let statistics = try await echod.statistics("udp")
      #expect(statistics[.denied] == 1 && statistics[.badProxyHeader] == 2)
      #expect(statistics[.messagesReceived] == 4 && statistics[.clientsTotal] == 1)
    }
  }

  @Test("applies the access list and the limits to the client that the header names")
  func clientRules() async throws {
    let allowed = try [Prefix("192.0.2.0/28")]
    let listener = try Self.listener {
      $0.allow = allowed
      $0.rateLimit = RateLimit(perSecond: 1, burst: 2)
    }
    try await ServerUnderTest.with([listener]) { echod in
      let server = try await echod.endpoint("udp")
      let proxy = try PlainSocket(.udp)
      // At one time, in which the limit grants no more.
      try await echod.whileHeld {
        for host in [7, 8, 0x17] as [UInt32] {
          for _ in 0..<5 {
            let client = Endpoint(address: IPAddress(v4: 0xC000_0200 + host), port: 40_000)
            try proxy.send(Self.header(client) + [UInt8(host)], to: server)
          }
        }
      }
      for host in [7, 7, 8, 8] as [UInt8] { #expect(try await proxy.receiveDatagram().bytes == [host]) }
      let statistics = try await echod.statistics("udp")
      #expect(statistics[.denied] == 5 && statistics[.rateLimited] == 6)
    }
  }

  @Test("keeps the loop guard, for the client and for the proxy")
  func loops() async throws {
    try await ServerUnderTest.with([Self.listener()]) { echod in
      let server = try await echod.endpoint("udp")
      let proxy = try PlainSocket(.udp)
      for port in [0, 7, 1023, server.port, 1024] {
        try proxy.send(
          Self.header(Endpoint(address: Self.client.address, port: port)) + [UInt8(port & 0xFF)], to: server)
      }
      #expect(try await proxy.receiveDatagram().bytes == [0])
      #expect(try await echod.statistics("udp")[.loopGuard] == 4)
    }
  }

  @Test("counts a client's messages for its impairment, whichever proxy brings them")
  func impaired() async throws {
    var impairment = Impairment()
    (impairment.seed, impairment.lossPercent) = (3, 50)
    let impairer = Impairer(impairment, drawnSeed: 0)
    let fates = (0..<40).map { impairer.fate(of: UInt64($0)) }
    let listener = try Self.listener { $0.impair = impairment }
    try await ServerUnderTest.with([listener]) { echod in
      let server = try await echod.endpoint("udp")
      let proxies = try (0..<2).map { _ in try PlainSocket(.udp) }
      for number in 0..<40 {
        let proxy = proxies[number % 2]
        try proxy.send(Self.header() + [UInt8(number)], to: server)
        guard !fates[number].isLost else { continue }
        #expect(try await proxy.receiveDatagram().bytes == [UInt8(number)])
      }
      #expect(try await echod.statistics("udp")[.lost] > 0)
    }
  }

  @Test("starts and stops expecting headers with a reload")
  func reload() async throws {
    try await ServerUnderTest.with([.test(.udp, .echo)]) { echod in
      let server = try await echod.endpoint("udp")
      let proxy = try PlainSocket(.udp)
      let datagram = try Self.header() + [1]
      func reply() async throws -> [UInt8] {
        try proxy.send(datagram, to: server)
        return try await proxy.receiveDatagram().bytes
      }
      #expect(try await reply() == datagram)
      try await echod.apply([Self.listener()])
      #expect(try await reply() == [1])
      try await echod.apply([Self.listener(from: "10.0.0.0/8")])
      try proxy.send(datagram, to: server)
      #expect(await eventually { (try? await echod.statistics("udp"))?[.denied] == 1 })
      try await echod.apply([.test(.udp, .echo)])
      #expect(try await reply() == datagram)
    }
  }
}
