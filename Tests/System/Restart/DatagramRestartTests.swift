import Addresses
import Testing
import TestSupport

@Suite("A UDP client across a restart of echod")
struct DatagramRestartTests {
  private static func file(_ keys: String = "", address: String = "127.0.0.1") -> String {
    """
    { "admin": { "port": 0 }, "drainSeconds": 1,
      "listeners": [{ "name": "u", "transport": "udp", "address": "\(address)", "port": 0\(keys) }] }
    """
  }

  @Test("is answered, even what it sent while no echod ran, and is not a new client")
  func answered() async throws {
    try await StoringManager.with(Self.file()) { manager in
      let client = try PlainSocket.datagrams()
      let port = try await manager.run { daemon in
        let server = try daemon.endpoint(of: "u")
        #expect(try await client.echo(of: "before", from: server) == "before")
        return server.port
      }
      for number in 0..<10 { try client.send(Array("between \(number)".utf8), to: .local(port)) }
      try await manager.run(thenBy: .stop) { daemon in
        for number in 0..<10 { #expect(try await client.datagram() == "between \(number)") }
        #expect(try await client.echo(of: "after", from: .local(port)) == "after")
        let figures = try await daemon.figures(of: "u")
        #expect(figures.clients == Stats.Clients(current: 1, total: 1))
        #expect(figures.messages == Stats.InAndOut(received: 12, sent: 12))
        let local = try client.localEndpoint()
        #expect(
          try await daemon.clients(of: "u") == [
            ListedClient(client: "\(local)", messages: 12, bytes: 6 + 10 * 9 + 5)
          ])
      }
    }
  }

  @Test("is answered on each of several queues, and is known there", arguments: [2, 4])
  func queues(count: Int) async throws {
    try await StoringManager.with(Self.file(#", "queues": \#(count)"#)) { manager in
      let clients = try (0..<32).map { _ in try PlainSocket.datagrams() }
      let port = try await manager.run { daemon in
        for client in clients { _ = try await client.echo(of: "before", from: daemon.endpoint(of: "u")) }
        return try daemon.port(of: "u")
      }
      #expect(manager["echod-listener-u"].count == count)
      for client in clients { try client.send(Array("between".utf8), to: .local(port)) }
      try await manager.run(thenBy: .stop) { daemon in
        let replies = try await clients.asyncMap { try await $0.datagram() }
        #expect(Set(replies) == ["between"])
        let figures = try await daemon.figures(of: "u")
        #expect(figures.clients == Stats.Clients(current: 32, total: 32))
      }
    }
  }

  @Test("is answered on both protocols of a listener on ::")
  func dualStack() async throws {
    try await StoringManager.with(Self.file(address: "::")) { manager in
      let loopback = IPAddress(bits: 1)
      let (v4, v6) = (try PlainSocket.datagrams(), try PlainSocket.datagrams(from: loopback))
      let port = try await manager.run { try $0.endpoint(of: "u").port }
      let servers = [IPAddress.loopbackIPv4, loopback].map { Endpoint(address: $0, port: port) }
      for (client, server) in zip([v4, v6], servers) { try client.send(Array("between".utf8), to: server) }
      try await manager.run(thenBy: .stop) { daemon in
        for (client, server) in zip([v4, v6], servers) {
          let reply = try await client.receiveDatagram()
          #expect(reply.bytes == Array("between".utf8) && reply.source == server)
        }
        #expect(try daemon.endpoint(of: "u").port == port)
      }
    }
  }

  @Test("has no more tokens than it had before, if the limits know it")
  func rateLimit() async throws {
    // So few per second that a slow test gets some more replies, but not all.
    let keys = #", "rateLimit": { "perSecond": 1, "burst": 50 }"#
    try await StoringManager.with(Self.file(keys)) { manager in
      let client = try PlainSocket.datagrams()
      let before = try await manager.run { daemon in
        // A client is known if it sends again after a second.
        _ = try await client.echo(of: "before", from: daemon.endpoint(of: "u"))
        let begin = try await daemon.stats().uptimeSeconds
        let isLater = try await eventually { try await daemon.stats().uptimeSeconds > begin + 1.1 }
        #expect(isLater)
        for _ in 0..<100 { try client.send([1], to: daemon.endpoint(of: "u")) }
        let isReceived = try await eventually { try await daemon.figures(of: "u").messages.received == 101 }
        #expect(isReceived)
        return try await daemon.figures(of: "u")
      }
      #expect(before.messages.sent >= 50 && before.dropped.rateLimited > 0)
      try await manager.run(thenBy: .stop) { daemon in
        for _ in 0..<100 { try client.send([1], to: daemon.endpoint(of: "u")) }
        let isReceived = try await eventually { try await daemon.figures(of: "u").messages.received == 201 }
        #expect(isReceived)
        #expect(try await daemon.figures(of: "u").messages.sent < before.messages.sent + 50)
      }
    }
  }

  @Test("keeps its place in the sequence of a seed", arguments: [#""seed": 7, "#, ""])
  func impairments(seed: String) async throws {
    let keys = #", "impair": { \#(seed)"lossPercent": 50 }"#
    // What one run without a restart loses, from a new socket, in the same process.
    let (whole, resumed) = try await StoringManager.with(Self.file(keys)) { manager in
      let client = try PlainSocket.datagrams()
      let first = try await manager.run { try await Self.answered(0..<100, on: $0, by: client) }
      return try await manager.run(thenBy: .stop) { daemon in
        let second = try await Self.answered(100..<200, on: daemon, by: client)
        let whole = try await Self.answered(0..<200, on: daemon, by: PlainSocket.datagrams())
        return (whole, first.union(second))
      }
    }
    #expect(whole == resumed && (50...150).contains(whole.count))
  }

  /// Sends numbers, and returns those that are answered.
  private static func answered(
    _ numbers: Range<Int>, on daemon: RunningDaemon, by client: PlainSocket
  ) async throws -> Set<Int> {
    let server = try daemon.endpoint(of: "u")
    let before = try await daemon.figures(of: "u").messages.received
    for number in numbers { try client.send(Array("\(number)".utf8), to: server) }
    let areServed = try await eventually {
      try await daemon.figures(of: "u").messages.received == before + numbers.count
    }
    try #require(areServed)
    var answered: Set<Int> = []
    while client.hasInput() { answered.insert(try #require(Int(try await client.datagram()))) }
    return answered
  }

  @Test("continues its STAMP session")
  func stamp() async throws {
    try await StoringManager.with(Self.file(#", "service": "stamp""#)) { manager in
      let sender = try await manager.run { daemon in
        let sender = try StampSender(to: daemon.endpoint(of: "u"))
        for count in 0..<3 { #expect(try await sender.ask(StampWire.request()).sequence == UInt64(count)) }
        return sender
      }
      try sender.send(StampWire.request())
      try await manager.run(thenBy: .stop) { daemon async throws in
        #expect(try await sender.receive().sequence == 3)
        #expect(try await sender.ask(StampWire.request()).sequence == 4)
        #expect(try await daemon.figures(of: "u").sessions == Stats.Clients(current: 1, total: 1))
      }
    }
  }
}
