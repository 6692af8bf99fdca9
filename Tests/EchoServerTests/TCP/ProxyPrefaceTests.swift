import Addresses
import EchoCore
import Glibc
import Synchronization
import Testing
import TestSupport

@testable import EchoServer

extension ListenerConfiguration {
  /// Makes the networks' peers the proxies.
  fileprivate mutating func expectProxies(from networks: [String] = ["127.0.0.0/8"]) {
    proxyProtocol = ProxyProtocol(from: networks.compactMap { try? Prefix($0) })
  }
}

@Suite("A TCP listener behind proxies")
struct ProxyPrefaceTests {
  private static let hello = Array("hello".utf8)

  /// A connection that has sent a header and been answered.
  private func served(_ echod: QueueUnderTest, _ header: [UInt8]) async throws -> PlainSocket {
    let client = try PlainSocket(connectedTo: echod.endpoint)
    try await client.send(header + Self.hello)
    #expect(try await client.receive(exactly: 5) == Self.hello)
    return client
  }

  private func isClosed(_ client: PlainSocket) async throws -> Bool {
    // If the queue has left bytes unread, its close is a reset.
    try await client.receiveToEndOrReset() ?? [] == []
  }

  @Test(
    "takes the client from the header, in pieces of any size, and answers what follows it",
    arguments: [ProxyHeaders.text(), ProxyHeaders.binary(), ProxyHeaders.binary(tlvBytes: 40)])
  func pieces(header: [UInt8]) async throws {
    try await QueueUnderTest.with(.tcp, .uppercase, change: { $0.expectProxies() }) { echod in
      let bytes = header + Self.hello
      for length in 1...bytes.count {
        let client = try PlainSocket(connectedTo: echod.endpoint)
        for start in stride(from: 0, to: bytes.count, by: length) {
          try await client.send(Array(bytes[start..<min(start + length, bytes.count)]))
          // So that each piece is received alone.
          await echod.queue.serveWaiting()
        }
        #expect(try await client.receive(exactly: 5) == Array("HELLO".utf8))
        // Those before may not have ended yet.
        let clients = await Set(echod.queue.busiestClients().map(\.client))
        #expect(clients == [ProxyHeaders.client])
        withExtendedLifetime(client) {}
      }
      #expect(echod.statistics[.bytesReceived] == UInt64(5 * bytes.count))
      #expect(echod.statistics[.clientsTotal] == UInt64(bytes.count) && echod.statistics.droppedTotal == 0)
    }
  }

  @Test("counts each connection without a valid header once, however many are late at once")
  func crowd() async throws {
    try await QueueUnderTest.with(
      .tcp, .echo, headerMilliseconds: 500, maxConnections: 400, change: { $0.expectProxies() }
    ) { echod in
      let clients = try (0..<300).map { _ in try PlainSocket(connectedTo: echod.endpoint) }
      // What they send and the end of their time come together.
      echod.queue.executor.perform { usleep(700_000) }
      for client in clients { try? await client.send(Self.hello) }
      for client in clients { #expect(try await isClosed(client)) }
      #expect(echod.statistics[.badProxyHeader] == 300 && echod.statistics.droppedTotal == 300)
    }
  }

  @Test("counts a connection whose proxy resets it in the middle of the header")
  func reset() async throws {
    try await QueueUnderTest.with(.tcp, .echo, change: { $0.expectProxies() }) { echod in
      do {
        let client = try PlainSocket(connectedTo: echod.endpoint)
        try await client.send(Array("PROX".utf8))
        await echod.queue.serveWaiting()
        client.resetOnClose()
      }
      #expect(await eventually { echod.statistics[.badProxyHeader] == 1 })
    }
  }

  @Test("still reads the rest of a header when it drains, until the header is late")
  func drain() async throws {
    for isCompleted in [true, false] {
      try await QueueUnderTest.with(
        .tcp, .echo, headerMilliseconds: isCompleted ? 60_000 : 200, change: { $0.expectProxies() }
      ) { echod in
        let header = ProxyHeaders.text()
        let client = try PlainSocket(connectedTo: echod.endpoint)
        try await client.send(Array(header.prefix(4)))
        await echod.queue.serveWaiting()
        async let stopped: Void = QueueUnderTest.stop(echod.queue, graceMilliseconds: 60_000)
        if isCompleted {
          try await client.send(header.dropFirst(4) + Self.hello)
          #expect(try await client.receive(exactly: 5) == Self.hello)
          client.shutdownSending()
        }
        #expect(try await isClosed(client))
        await stopped
        #expect(echod.statistics[.badProxyHeader] == (isCompleted ? 0 : 1))
      }
    }
  }

  @Test("takes the longest header, and a long message after it")
  func longest() async throws {
    let header = ProxyHeaders.binary(tlvBytes: 65_535 - 12)
    #expect(header.count == ProxyHeader.byteLimit)
    try await QueueUnderTest.with(.tcp, .echo, change: { $0.expectProxies() }) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      for start in stride(from: 0, to: header.count, by: 1000) {
        try await client.send(Array(header[start..<min(start + 1000, header.count)]))
      }
      let message = noise(300_000)
      async let reply = client.receive(exactly: message.count)
      try await client.send(message)
      #expect(try await reply.isSame(as: message))
    }
  }

  @Test(
    "means the peer where the header names nobody", arguments: [ProxyHeaders.unknown, ProxyHeaders.local])
  func nobody(header: [UInt8]) async throws {
    let seen = Mutex<(client: Endpoint?, local: Endpoint?)>((nil, nil))
    let service = Service.test(needs: .localEndpoint) { request in
      seen.withLock { $0 = (request.client, request.local) }
      return .reply(byteCount: request.byteCount)
    }
    try await QueueUnderTest.with(.tcp, service, change: { $0.expectProxies() }) { echod in
      let client = try await served(echod, header)
      let (from, to) = seen.withLock { $0 }
      #expect(try from == client.localEndpoint() && to == echod.endpoint)
    }
  }

  @Test("applies its access list to the client, not to the proxy")
  func access() async throws {
    let only = try Prefix("10.0.0.0/8")
    try await QueueUnderTest.with(
      .tcp, .echo,
      change: {
        $0.expectProxies(); $0.allow = [only]
      }
    ) { echod in
      let friend = try await served(echod, ProxyHeaders.text())
      for header in [ProxyHeaders.text(from: "192.168.1.1"), ProxyHeaders.local] {
        let stranger = try PlainSocket(connectedTo: echod.endpoint)
        try await stranger.send(header)
        #expect(try await isClosed(stranger))
      }
      #expect(echod.statistics[.denied] == 2 && echod.statistics[.clientsCurrent] == 1)
      withExtendedLifetime(friend) {}
    }
  }

  @Test("limits the connections of each client")
  func perClient() async throws {
    try await QueueUnderTest.with(
      .tcp, .echo,
      change: {
        $0.expectProxies(); $0.maxConnectionsPerClient = 2
      }
    ) { echod in
      var clients = try await [
        ProxyHeaders.text(), ProxyHeaders.binary(), ProxyHeaders.text(from: "10.1.2.4"),
      ]
      .asyncMap { try await served(echod, $0) }
      let oneTooMany = try PlainSocket(connectedTo: echod.endpoint)
      try await oneTooMany.send(ProxyHeaders.text())
      #expect(try await isClosed(oneTooMany))
      #expect(echod.statistics[.overLimit] == 1)
      clients.removeFirst()
      #expect(await eventually { echod.statistics[.clientsCurrent] == 2 })
      clients.append(try await served(echod, ProxyHeaders.text()))
    }
  }

  @Test("closes a peer that is no proxy before it has sent anything, as denied")
  func stranger() async throws {
    try await QueueUnderTest.with(.tcp, .echo, change: { $0.expectProxies(from: ["127.0.0.2/32"]) }) {
      echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      #expect(try await isClosed(client))
      #expect(echod.statistics[.denied] == 1)
      let proxy = try PlainSocket(.tcp, boundTo: Endpoint(address: IPAddress(v4: 0x7F00_0002), port: 0))
      try proxy.connect(to: echod.endpoint)
      try await proxy.send(ProxyHeaders.text() + Self.hello)
      #expect(try await proxy.receive(exactly: 5) == Self.hello)
    }
  }

  @Test(
    "closes a connection without a header, with half of one, or with a wrong one",
    arguments: [
      Array("hello\n".utf8), Array("PROXY TCP4 10.1.2.3\r\n".utf8), Array(ProxyHeaders.text().dropLast(9)),
      Array(ProxyHeaders.binary().dropLast()), [],
    ])
  func wrong(bytes: [UInt8]) async throws {
    try await QueueUnderTest.with(.tcp, .echo, change: { $0.expectProxies() }) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      try await client.send(bytes)
      client.shutdownSending()
      #expect(try await isClosed(client))
      #expect(echod.statistics[.badProxyHeader] == 1 && echod.statistics[.clientsTotal] == 0)
    }
  }

  @Test("closes a connection whose header is not there after 3 seconds, and no earlier")
  func late() async throws {
    try await QueueUnderTest.with(
      .tcp, .echo, headerMilliseconds: ProxyPreface.deadlineMilliseconds, change: { $0.expectProxies() }
    ) { echod in
      let start = ContinuousClock.now
      let client = try PlainSocket(connectedTo: echod.endpoint)
      try await client.send(Array(ProxyHeaders.text().dropLast()))
      #expect(try await client.receiveToEnd().isEmpty)
      #expect(ContinuousClock.now - start >= .milliseconds(2999))
      #expect(echod.statistics[.badProxyHeader] == 1)
    }
  }

  @Test(
    "tells a service that wants to know the peer and what the header says", arguments: [false, true])
  func delivery(inPieces: Bool) async throws {
    let seen = Mutex<(peer: Endpoint?, header: ProxyHeader?)>((nil, nil))
    let service = Service.test(needs: .delivery) { request in
      let delivery = request.delivery
      seen.withLock { $0 = (delivery?.peer, delivery?.proxy?.header) }
      return .reply(byteCount: request.byteCount)
    }
    try await QueueUnderTest.with(.tcp, service, change: { $0.expectProxies() }) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      let header = ProxyHeaders.binary(tlvBytes: 9)
      for start in stride(from: 0, to: header.count, by: inPieces ? 10 : header.count) {
        try await client.send(
          Array(header[start..<min(start + (inPieces ? 10 : header.count), header.count)]))
        await echod.queue.serveWaiting()
      }
      for _ in 0..<2 {
        try await client.send(Self.hello)
        #expect(try await client.receive(exactly: 5) == Self.hello)
        let told = seen.withLock { $0 }
        #expect(try told.peer == client.localEndpoint())
        #expect(told.header?.version == 2 && told.header?.source == ProxyHeaders.client)
        #expect(
          told.header?.destination == ProxyHeaders.destination && told.header?.byteCount == header.count)
      }
    }
  }

  @Test("tells it the peer alone when there is no proxy")
  func plainDelivery() async throws {
    let seen = Mutex<(peer: Endpoint?, hasProxy: Bool)>((nil, true))
    let service = Service.test(needs: .delivery) { request in
      seen.withLock { $0 = (request.delivery?.peer, request.delivery?.proxy != nil) }
      return .reply(byteCount: request.byteCount)
    }
    try await QueueUnderTest.with(.tcp, service) { echod in
      let client = try await served(echod, [])
      let told = seen.withLock { $0 }
      #expect(try told.peer == client.localEndpoint() && !told.hasProxy)
    }
  }
}

@Suite("A reload of a listener's proxies")
struct ProxyReloadTests {
  private static let hello = Array("hello".utf8)

  private func isServed(_ client: PlainSocket) async throws -> Bool {
    try await client.send(Self.hello)
    return try await client.receive(exactly: 5) == Self.hello
  }

  /// Whether the queue has as many places as its limit says.
  private func hasPlaces(_ echod: QueueUnderTest, _ limit: Int, header: [UInt8]) async throws -> Bool {
    #expect(await eventually { echod.statistics[.clientsCurrent] == 0 })
    let clients = try (0..<limit).map { _ in try PlainSocket(connectedTo: echod.endpoint) }
    for client in clients {
      try await client.send(header)
      guard try await isServed(client) else { return false }
    }
    let oneTooMany = try PlainSocket(connectedTo: echod.endpoint)
    let rest = try await oneTooMany.receiveToEndOrReset() ?? []
    return rest.isEmpty && echod.statistics[.overLimit] == 1
  }

  @Test("closes the connections of a peer that is no longer a proxy, as denied, with or without their header")
  func delisted() async throws {
    try await QueueUnderTest.with(.tcp, .echo, maxConnections: 3, change: { $0.expectProxies() }) { echod in
      do {
        let (named, waiting) = (
          try PlainSocket(connectedTo: echod.endpoint), try PlainSocket(connectedTo: echod.endpoint)
        )
        try await named.send(ProxyHeaders.text())
        try await waiting.send([UInt8](ProxyHeaders.text().prefix(5)))
        #expect(try await isServed(named))
        await echod.change { $0.expectProxies(from: ["127.0.0.2/32"]) }
        for client in [named, waiting] { #expect(try await client.receiveToEnd().isEmpty) }
        #expect(echod.statistics[.denied] == 2 && echod.statistics[.badProxyHeader] == 0)
      }
      await echod.change { $0.expectProxies() }
      #expect(try await hasPlaces(echod, 3, header: ProxyHeaders.text()))
    }
  }

  @Test("keeps the connections of those that still are, also while they send their header")
  func kept() async throws {
    try await QueueUnderTest.with(.tcp, .echo, change: { $0.expectProxies() }) { echod in
      let (named, waiting) = (
        try PlainSocket(connectedTo: echod.endpoint), try PlainSocket(connectedTo: echod.endpoint)
      )
      try await named.send(ProxyHeaders.text())
      try await waiting.send([UInt8](ProxyHeaders.text().prefix(5)))
      #expect(try await isServed(named))
      await echod.change { $0.expectProxies(from: ["127.0.0.1/32", "10.0.0.0/8"]) }
      #expect(try await isServed(named))
      try await waiting.send([UInt8](ProxyHeaders.text().dropFirst(5)))
      #expect(try await isServed(waiting))
      let clients = await Set(echod.queue.busiestClients().map(\.client))
      #expect(clients == [ProxyHeaders.client])
      withExtendedLifetime((named, waiting)) {}
    }
  }

  @Test(
    "to none closes connections that are sending a header, keeps the others, and no longer expects headers")
  func removed() async throws {
    try await QueueUnderTest.with(.tcp, .echo, maxConnections: 3, change: { $0.expectProxies() }) { echod in
      do {
        let (named, waiting) = (
          try PlainSocket(connectedTo: echod.endpoint), try PlainSocket(connectedTo: echod.endpoint)
        )
        try await named.send(ProxyHeaders.text())
        try await waiting.send([UInt8](ProxyHeaders.text().prefix(5)))
        #expect(try await isServed(named))
        await echod.change { $0.proxyProtocol = nil }
        #expect(try await waiting.receiveToEnd().isEmpty)
        #expect(echod.statistics[.badProxyHeader] == 1)
        #expect(try await isServed(named))
      }
      #expect(try await hasPlaces(echod, 3, header: []))
    }
  }

  @Test("to some expects a header from then on, and closes the connections of peers that are not among them")
  func added() async throws {
    try await QueueUnderTest.with(.tcp, .echo, maxConnections: 3) { echod in
      do {
        let proxy = try PlainSocket(connectedTo: echod.endpoint)
        let other = try PlainSocket(.tcp, boundTo: Endpoint(address: IPAddress(v4: 0x7F00_0002), port: 0))
        try other.connect(to: echod.endpoint)
        for client in [proxy, other] { #expect(try await isServed(client)) }
        await echod.change { $0.expectProxies(from: ["127.0.0.1/32"]) }
        #expect(try await other.receiveToEnd().isEmpty)
        #expect(echod.statistics[.denied] == 1)
        #expect(try await isServed(proxy))
      }
      #expect(try await hasPlaces(echod, 3, header: ProxyHeaders.text()))
    }
  }

  @Test("counts connections towards their client's limit once they have one")
  func perClient() async throws {
    try await QueueUnderTest.with(.tcp, .echo, change: { $0.expectProxies() }) { echod in
      let (named, waiting) = (
        try PlainSocket(connectedTo: echod.endpoint), try PlainSocket(connectedTo: echod.endpoint)
      )
      try await named.send(ProxyHeaders.text())
      #expect(try await isServed(named))
      try await waiting.send([UInt8](ProxyHeaders.text().prefix(5)))
      await echod.queue.serveWaiting()
      await echod.change {
        $0.expectProxies()
        $0.maxConnectionsPerClient = 1
      }
      try await waiting.send([UInt8](ProxyHeaders.text().dropFirst(5)))
      #expect(try await waiting.receiveToEnd().isEmpty)
      #expect(echod.statistics[.overLimit] == 1)
      #expect(try await isServed(named))
    }
  }
}
