import Addresses
import Glibc
import Testing
import TestSupport

@Suite("echod under load")
struct LoadTests {
  private static let configuration = """
    { "admin": { "port": 0 },
      "listeners": [{ "name": "tcp", "transport": "tcp", "port": 0, "service": "echo" }] }
    """

  @Test("serves a thousand connections at once and leaves no descriptor behind")
  func thousandConnections() async throws {
    try await RunningDaemon.with(Self.configuration) { daemon in
      let server = try daemon.endpoint(of: "tcp")
      let process = ProcessFacts(pid: daemon.program.pid)
      let before = process.descriptors
      do {
        let clients = try (0..<1000).map { _ in try PlainSocket(connectedTo: server) }
        for (number, client) in clients.enumerated() { try await client.send(Array("\(number)".utf8)) }
        for (number, client) in clients.enumerated() {
          let reply = try await client.receive()
          #expect(reply == Array("\(number)".utf8))
        }
        let stats = try await daemon.stats()
        #expect(stats.totals.clients.current == 1000)
        // The count counts.
        #expect(process.descriptors >= before + 1000)
      }
      // Dispatch keeps a timer or two after its first.
      let isBack = await eventually { process.descriptors <= before + 4 }
      #expect(isBack)
      let areGone = try await eventually {
        try await daemon.stats().totals.clients == Stats.Clients(current: 0, total: 1000)
      }
      #expect(areGone)
    }
  }

  @Test("serves the 51st client while 50 never read")
  func stalledClients() async throws {
    try await RunningDaemon.with(Self.configuration) { daemon in
      let stalled = try await daemon.stalledClients(50, of: "tcp")
      let last = try PlainSocket(connectedTo: daemon.endpoint(of: "tcp"))
      try await last.send(Array("hello".utf8))
      let reply = try await last.receive(exactly: 5)
      #expect(reply == Array("hello".utf8))
      let current = try await daemon.stats().totals.clients.current
      #expect(current == stalled.count + 1)
    }
  }

  @Test("uses no processor time at its descriptor limit, and serves those who wait once others leave")
  func descriptorLimit() async throws {
    let limit = ["/bin/sh", "-c", #"ulimit -n 64; exec "$0" "$@""#]
    try await RunningDaemon.with(Self.configuration, wrapper: limit) { daemon in
      let server = try daemon.endpoint(of: "tcp")
      let process = ProcessFacts(pid: daemon.program.pid)
      var waiting = try (0..<120).map { _ in try PlainSocket(connectedTo: server) }
      for client in waiting { try await client.send(Array("hello".utf8)) }
      // The statistics are still served.
      let served = try await daemon.stats().totals.clients.current
      #expect(served > 0 && served < 64)
      // A process that keeps trying to accept uses all of this time; one that waits wakes ten times a second.
      let before = process.processorTicks
      try await Task.sleep(for: .seconds(1))
      #expect(process.processorTicks - before < ProcessFacts.ticksPerSecond / 4)
      while !waiting.isEmpty {
        let reply = try await waiting.removeFirst().receive(exactly: 5)
        #expect(reply == Array("hello".utf8))
      }
      let areGone = try await eventually { try await daemon.stats().totals.clients.current == 0 }
      #expect(areGone)
      let messages = try await daemon.stats().totals.messages
      #expect(messages == Stats.InAndOut(received: 120, sent: 120))
    }
  }

  @Test(
    "leaves descriptors for the process when clients of the listeners and the admin socket use up theirs")
  func descriptorsOfOthers() async throws {
    let limit = 128
    let shell = ["/bin/sh", "-c", #"ulimit -n \#(limit); exec "$0" "$@""#]
    try await RunningDaemon.with(Self.configuration, wrapper: shell) { daemon in
      let (server, admin) = (try daemon.endpoint(of: "tcp"), try daemon.adminEndpoint())
      let process = ProcessFacts(pid: daemon.program.pid)
      let before = process.descriptors
      let clients = try (0..<limit).map { _ in try PlainSocket(connectedTo: server) }
      let silent = try (0..<limit).map { _ in try PlainSocket(connectedTo: admin) }
      let isFull = await eventually { process.descriptors > before + limit / 2 }
      #expect(isFull)
      // From time to time Dispatch opens files in /proc, and ends the process if it cannot.
      for _ in 0..<20 {
        let isHealthy = await HTTPClient.isHealthy(admin)
        try #require(isHealthy)
        #expect(process.descriptors <= limit - 4)
      }
      withExtendedLifetime((clients, silent)) {}
    }
  }

  @Test("shows curl exactly what was sent, and closes when curl does")
  func curl() async throws {
    try await RunningDaemon.with(Self.configuration) { daemon in
      let client = try PlainSocket(connectedTo: daemon.endpoint(of: "tcp"))
      try await client.send(Array("hello".utf8))
      _ = try await client.receive(exactly: 5)
      let port = try daemon.adminEndpoint().port
      let outcome = try await RunningProgram.run("/usr/bin/curl", ["-sS", "http://localhost:\(port)/stats"])
      #expect(outcome.ending == .exit(0))
      let stats = try Stats(json: outcome.output)
      #expect(stats.totals.messages == Stats.InAndOut(received: 1, sent: 1))
      #expect(stats.totals.bytes == Stats.InAndOut(received: 5, sent: 5))
      #expect(stats.totals.clients == Stats.Clients(current: 1, total: 1))
    }
  }
}
