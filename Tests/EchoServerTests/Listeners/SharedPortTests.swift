import Addresses
@testable import EchoCore
import Glibc
import Testing
import TestSupport

@testable import EchoServer

@Suite("Listeners on several addresses of one port")
struct SharedPortTests {
  private let port = freePort()

  /// A listener there, named after its address.
  private func listener(
    _ transport: Transport, on address: String, queues: Int = 1, service: Service = .echo
  ) -> ListenerConfiguration {
    .test(transport, service, name: Self.name(address), on: address) {
      $0.port = port
      $0.queues = queues
    }
  }

  private static func name(_ address: String) -> String {
    switch address {
    case "0.0.0.0": "any4"
    case "::": "any6"
    case "127.0.0.1": "first4"
    case "127.0.0.2": "second4"
    default: "own6"
    }
  }

  /// Who serves a client of that address: the listener that counts its message.
  private func owner(of address: String, over transport: Transport, in echod: ServerUnderTest) async throws
    -> [String]
  {
    let before = try await echod.snapshot()
    let endpoint = Endpoint(address: try #require(IPAddress(address)), port: port)
    // Often enough to come to each queue.
    let count = 12
    for _ in 0..<count {
      let client = try PlainSocket(transport == .udp ? .udp : .tcp, isIPv6: !endpoint.address.isIPv4)
      try client.connect(to: endpoint)
      try await client.send([1])
      #expect(try await client.receive(exactly: 1) == [1])
    }
    let after = try await echod.snapshot()
    let counts = zip(before.listeners, after.listeners).map { old, new in
      (new.configuration.name, new.statistics[.messagesReceived] - old.statistics[.messagesReceived])
    }
    return counts.filter { $0.1 == count }.map(\.0)
  }

  /// Sets of addresses, and who serves the clients of 127.0.0.1, 127.0.0.2 and ::1.
  static let sets: [([String], [String?])] = [
    (["0.0.0.0", "::"], ["any4", "any4", "any6"]),
    (["::", "0.0.0.0"], ["any4", "any4", "any6"]),
    (["127.0.0.1", "::"], ["first4", "any6", "any6"]),
    (["::", "127.0.0.1"], ["first4", "any6", "any6"]),
    (["127.0.0.1", "0.0.0.0"], ["first4", "any4", nil]),
    (["::1", "::"], ["any6", "any6", "own6"]),
    (["127.0.0.1", "0.0.0.0", "127.0.0.2"], ["first4", "second4", nil]),
    (["::1", "127.0.0.1", "::", "0.0.0.0", "127.0.0.2"], ["first4", "second4", "own6"]),
  ]

  private static let clients = ["127.0.0.1", "127.0.0.2", "::1"]

  private func expectOwners(
    _ owners: [String?], over transport: Transport, in echod: ServerUnderTest
  ) async throws {
    for (address, owner) in zip(Self.clients, owners) {
      guard let owner else { continue }
      #expect(try await self.owner(of: address, over: transport, in: echod) == [owner], "\(address)")
    }
  }

  @Test(
    "each serve their own: the most specific address wins", arguments: Transport.allCases, [1, 3])
  func owners(transport: Transport, queues: Int) async throws {
    for (addresses, owners) in Self.sets {
      // Each on a port of its own: the last server's sockets can be open a moment longer than the server.
      let own = Self()
      let listeners = addresses.map { own.listener(transport, on: $0, queues: queues) }
      try await ServerUnderTest.with(listeners) {
        try await own.expectOwners(owners, over: transport, in: $0)
      }
    }
  }

  @Test("come and go by reloads, from each set to each other", arguments: Transport.allCases)
  func reloads(transport: Transport) async throws {
    let first = Self.sets[0].0.map { listener(transport, on: $0) }
    try await ServerUnderTest.with(first) { echod in
      for (from, _) in Self.sets {
        for (to, owners) in Self.sets {
          try await echod.apply(from.map { listener(transport, on: $0) })
          try await echod.apply(to.map { listener(transport, on: $0) })
          try await expectOwners(owners, over: transport, in: echod)
        }
      }
    }
  }

  @Test("let a reload change the family of a wildcard that is alone, and keep what need not change")
  func family() async throws {
    try await ServerUnderTest.with([listener(.tcp, on: "::")]) { echod in
      let client = try PlainSocket(connectedTo: Endpoint(address: .loopbackIPv4, port: port))
      try await client.send([1])
      #expect(try await client.receive(exactly: 1) == [1])
      // The dual-stack socket cannot become an IPv6 one: its connections drain, and the client is told.
      try await echod.apply([listener(.tcp, on: "::"), listener(.tcp, on: "0.0.0.0")])
      #expect(try await client.receiveToEnd().isEmpty)
      let second = try PlainSocket(connectedTo: Endpoint(address: .loopbackIPv4, port: port))
      let specific = listener(.tcp, on: "127.0.0.1")
      try await echod.apply([listener(.tcp, on: "::"), listener(.tcp, on: "0.0.0.0"), specific])
      try await second.send([2])
      #expect(try await second.receive(exactly: 1) == [2])
      try await expectOwners(["first4", "any4", "any6"], over: .tcp, in: echod)
    }
  }

  @Test("answer every datagram while wildcards join and leave each other's port")
  func datagrams() async throws {
    let sets = [["::"], ["::", "0.0.0.0"], ["0.0.0.0"], ["::", "127.0.0.1"]]
    try await ServerUnderTest.with([listener(.udp, on: "::")]) { echod in
      let server = Endpoint(address: .loopbackIPv4, port: port)
      let clients = try (0..<8).map { _ in try PlainSocket(.udp) }
      for round in 0..<16 {
        for client in clients { for number in 0..<10 { try client.send([UInt8(number)], to: server) } }
        try await echod.apply(sets[(round + 1) % 4].map { listener(.udp, on: $0) })
        for client in clients {
          var numbers: Set<UInt8> = []
          for _ in 0..<10 { numbers.formUnion(try await client.receiveDatagram().bytes) }
          #expect(numbers == Set(0..<10))
        }
      }
    }
  }

  @Test(
    "serve the statistics on one of them",
    arguments: [("::", "0.0.0.0"), ("0.0.0.0", "::"), ("127.0.0.1", "::")])
  func admin(address: String, other: String) async throws {
    let admin = AdminEndpoint.tcp(address: try #require(IPAddress(address)), port: port)
    let own = address == "::" ? "::1" : "127.0.0.1"
    func isAdmin(on address: String) async throws -> Bool {
      let client = try PlainSocket(
        connectedTo: Endpoint(address: try #require(IPAddress(address)), port: port))
      try await client.send(Array("GET /healthz HTTP/1.0\r\n\r\n".utf8))
      return String(decoding: try await client.receive(), as: UTF8.self).hasPrefix("HTTP/1.1 200 ")
    }
    try await ServerUnderTest.with([listener(.tcp, on: other)], admin: admin) { echod in
      #expect(try await isAdmin(on: own))
      let owners = other == "::" ? [nil, address == "0.0.0.0" ? nil : "any6", "any6"] : [nil, "any4", nil]
      try await expectOwners(owners, over: .tcp, in: echod)
      // And by a reload, which has to bind the admin socket anew or not.
      try await echod.apply([.test(.udp)], admin: admin)
      // Alone, :: is dual-stack.
      let (isOnOwn, isOnIPv4) = (try await isAdmin(on: own), try await isAdmin(on: "127.0.0.1"))
      #expect(isOnOwn && isOnIPv4)
      try await echod.apply([listener(.tcp, on: other)], admin: admin)
      #expect(try await isAdmin(on: own))
      try await expectOwners(owners, over: .tcp, in: echod)
    }
  }

  @Test("are not in the way of a reload while they drain")
  func draining() async throws {
    try await ServerUnderTest.with(
      [listener(.tcp, on: "127.0.0.1")], descriptorLimit: ServerUnderTest.leastDescriptors
    ) { echod in
      let endpoint = Endpoint(address: .loopbackIPv4, port: port)
      let stalled = try PlainSocket(connectedTo: endpoint)
      let isStalled = try await eventually {
        let more = stalled.sendWhileItFits(noise(65_536))
        let statistics = try await echod.statistics("first4")
        return more == 0 && statistics[.messagesReceived] == statistics[.messagesSent] + 1
      }
      #expect(isStalled)
      // It waits for the other's descriptor, in the listening socket, which therefore stays open.
      let waiting = try PlainSocket(connectedTo: endpoint)
      try await echod.apply([.test(.udp)])
      try await echod.apply([listener(.tcp, on: "0.0.0.0")])
      withExtendedLifetime((stalled, waiting)) {}
    }
  }

  @Test("are refused where another process is, at the start and by a reload", arguments: Transport.allCases)
  func strangers(transport: Transport) async throws {
    let kind: PlainSocket.Kind = transport == .udp ? .udp : .tcp
    let stranger = try PlainSocket(
      kind, boundTo: Endpoint(address: try #require(IPAddress("127.0.0.2")), port: port))
    stranger.sharePort()
    let wanted = [listener(transport, on: "127.0.0.1"), listener(transport, on: "0.0.0.0")]
    let error = await #expect(throws: StartError.self) { try await ServerUnderTest.with(wanted) { _ in } }
    #expect(
      error?.description
        == "listener any4: cannot bind \(transport.rawValue) 0.0.0.0:\(port): Address already in use")
    let specific = [listener(transport, on: "127.0.0.1"), listener(transport, on: "127.0.0.2")]
    await #expect(throws: StartError.self) { try await ServerUnderTest.with(specific) { _ in } }
    try await ServerUnderTest.with([listener(transport, on: "127.0.0.1")]) { echod in
      await #expect(throws: StartError.self) { try await echod.apply(specific) }
      try await expectOwners(["first4", nil, nil], over: transport, in: echod)
    }
  }

  @Test(
    "are refused by a reload if another process uses the port, even if the kernel would share it",
    arguments: Transport.allCases, [false, true])
  func joinableStrangers(transport: Transport, isSharing: Bool) async throws {
    let stranger = try PlainSocket(
      transport == .udp ? .udp : .tcp,
      boundTo: Endpoint(address: try #require(IPAddress("127.0.0.2")), port: port))
    if isSharing { stranger.sharePort() }
    if transport == .tcp { #expect(listen(stranger.number, 1) == 0) }
    let kept = listener(transport, on: "::1", queues: 3)
    try await ServerUnderTest.with([kept]) { echod in
      let error = await #expect(throws: StartError.self) {
        try await echod.apply([kept, listener(transport, on: "::", queues: 3)])
      }
      #expect(error?.description.hasSuffix("[::]:\(port): Address already in use") == true)
      try await expectOwners([nil, nil, "own6"], over: transport, in: echod)
    }
  }
}
