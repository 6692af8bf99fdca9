import Addresses
import Glibc
import Testing
import TestSupport

@Suite("The signals that restart and stop echod")
struct SignalRestartTests {
  private static let file = """
    { "admin": { "port": 0 }, "drainSeconds": 5,
      "listeners": [{ "name": "t", "transport": "tcp", "port": 0 },
                    { "name": "u", "transport": "udp", "port": 0 }] }
    """

  /// The names that are in the store while echod runs.
  private static let kept = ["echod-admin", "echod-listener-t", "echod-listener-u"]

  @Test("find bound sockets in the store from the start on, and nothing more afterwards")
  func storedNames() async throws {
    try await StoringManager.with(Self.file) { manager in
      for _ in 0..<2 {
        let client = try await manager.run { daemon in
          let areKept = await eventually { manager.names == Self.kept }
          #expect(areKept, "\(manager.names)")
          return try await daemon.knownClient(of: "t")
        }
        withExtendedLifetime(client) {}
        #expect(Set(manager.names) == Set(Self.kept + ["echod-connections", "echod-state"]))
        let areWatched = (manager["echod-connections"] + manager["echod-state"]).map(\.isWatched)
        #expect(!areWatched.contains(true))
        #expect(manager.messages.last == ["BARRIER=1"])
      }
    }
  }

  @Test("hand nothing over with SIGTERM: connections end")
  func stop() async throws {
    try await StoringManager.with(Self.file) { manager in
      try await manager.run(thenBy: .byTest) { daemon in
        let client = try await daemon.knownClient(of: "t")
        try await manager.end(daemon.program, by: .stop)
        #expect(try await client.receiveToEnd() == [])
      }
      let stored = manager.messages.joined().filter { $0.hasPrefix("FDNAME=") }
      #expect(!stored.contains("FDNAME=echod-connections") && !stored.contains("FDNAME=echod-state"))
    }
  }

  @Test("end echod as SIGTERM does, with a warning, if there is no service manager")
  func withoutManager() async throws {
    try await TemporaryFile.with(Self.file) { path in
      try await RunningProgram.with(BuiltProgram.echod, ["--config", path]) { program in
        _ = try await program.line(on: .errors) { $0.hasSuffix(" is ready") }
        let client = try await RunningDaemon(program, configurationPath: path).knownClient(of: "t")
        program.signal(SIGUSR2)
        let outcome = try await program.outcome()
        #expect(outcome.ending == .exit(0))
        #expect(try await client.receiveToEnd() == [])
        #expect(outcome.errors.contains(" warning ") && outcome.errors.hasSuffix(" info stopped\n"))
      }
    }
  }

  @Test("restart a process twice in quick succession")
  func twice() async throws {
    try await StoringManager.with(Self.file) { manager in
      let client = try await manager.run { try await $0.knownClient(of: "t") }
      try await manager.startDaemon { program in
        // Not yet ready.
        _ = await eventually { ProcessFacts(pid: program.pid).name == "echod" }
        program.signal(SIGUSR2)
        let outcome = try await program.outcome()
        #expect(outcome.ending == .exit(0) || outcome.ending == .signal(SIGUSR2), "\(outcome.errors)")
      }
      try await manager.run(thenBy: .stop) { _ async throws in
        #expect(try await client.echo(of: "after") == "after")
      }
    }
  }

  @Test("restart a process as soon as it is ready, again and again")
  func often() async throws {
    try await StoringManager.with(Self.file) { manager in
      let client = try await manager.run { try await $0.knownClient(of: "t") }
      for _ in 0..<5 { try await manager.run { _ in } }
      try await manager.run(thenBy: .stop) { daemon async throws in
        #expect(try await client.echo(of: "after") == "after")
        #expect(try await daemon.stats().restored == .init(connections: 1, sockets: 3, lost: 0))
      }
    }
  }

  @Test(
    "that follow SIGUSR2 either do not undo the restart, or end every connection",
    arguments: [SIGTERM, SIGUSR2])
  func followed(signal: Int32) async throws {
    try await StoringManager.with(Self.file) { manager in
      try await manager.startDaemon { program in
        _ = try await program.line(on: .errors) { $0.hasSuffix(" is ready") }
        let daemon = RunningDaemon(program, configurationPath: manager.configurationPath)
        let client = try await daemon.knownClient(of: "t")
        program.signal(SIGUSR2)
        program.signal(signal)
        #expect(try await program.outcome().ending == .exit(0))
        if manager.names.contains("echod-connections") {
          try await manager.run(thenBy: .stop) { _ async throws in
            #expect(try await client.echo(of: "after") == "after")
          }
        } else {
          #expect(try await client.receiveToEnd() == [])
        }
      }
    }
  }

  @Test("SIGKILL leaves the bound sockets: what waited there is answered, on the same ports")
  func killed() async throws {
    try await StoringManager.with(Self.file) { manager in
      let datagrams = try PlainSocket.datagrams()
      let (client, tcp, udp) = try await manager.run(thenBy: .kill) { daemon in
        let areKept = await eventually { manager.names == Self.kept }
        #expect(areKept)
        return (
          try await daemon.knownClient(of: "t"), try daemon.port(of: "t"), try daemon.port(of: "u")
        )
      }
      // The kernel ends what only the process had.
      #expect(try await client.receiveToEndOrReset() ?? [] == [])
      let early = try PlainSocket(connectedTo: .local(tcp))
      try await early.send(Array("early".utf8))
      try datagrams.send(Array("early".utf8), to: .local(udp))
      try await manager.run(thenBy: .stop) { daemon async throws in
        #expect(try await early.text(ofBytes: 5) == "early")
        #expect(try await datagrams.datagram() == "early")
        #expect(try await daemon.stats().restored == .init(connections: 0, sockets: 3, lost: 0))
      }
    }
  }

  @Test("restart echod beside the sockets of a .socket unit, which are not stored")
  func unitSockets() async throws {
    let port = freePort()
    let text = """
      { "admin": { "port": 0 }, "listeners": [{ "name": "unit", "transport": "tcp", "port": \(port) },
                                              { "name": "u", "transport": "udp", "port": 0 }] }
      """
    try await StoringManager.with(text) { manager in
      let unit = try PlainSocket(.tcp, boundTo: .local(port))
      try #require(listen(unit.number, 16) == 0)
      manager.pass(unit, as: "echod.socket")
      let client = try await manager.run { daemon in
        let client = try await daemon.knownClient(of: "unit")
        let areKept = await eventually { manager.names == ["echod-admin", "echod-listener-u"] }
        #expect(areKept)
        return client
      }
      let early = try PlainSocket(connectedTo: .local(port))
      try await early.send(Array("early".utf8))
      try await manager.run(thenBy: .stop) { daemon async throws in
        #expect(try await client.echo(of: "after") == "after")
        #expect(try await early.text(ofBytes: 5) == "early")
        #expect(try await daemon.stats().restored?.lost == 0)
      }
    }
  }
}
