import Addresses
import Glibc
import Testing
import TestSupport

@Suite("A descriptor store that is not as echod left it")
struct StoreRestartTests {
  /// With ports of its own, which distinguish the listeners' sockets from others under their names.
  private static func file() -> String {
    """
    { "admin": { "port": \(freePort()) }, "drainSeconds": 1,
      "listeners": [{ "name": "t", "transport": "tcp", "port": \(freePort()) },
                    { "name": "u", "transport": "udp", "port": \(freePort()) }] }
    """
  }

  private static func warnings(of daemon: RunningDaemon) -> [Substring] {
    String(decoding: daemon.program.printed(on: .errors), as: UTF8.self).split(separator: "\n")
      .filter { $0.contains(" warning ") || $0.contains(" error ") }
  }

  /// Leaves a connection and a datagram, changes the store, and returns what the next echod warns of, which has to
  /// answer both.
  private func restart(changing body: @Sendable @escaping (inout StoredDescriptors) throws -> Void)
    async throws
    -> (warnings: [String], restored: Stats.Restored?)
  {
    try await StoringManager.with(Self.file()) { manager in
      let datagrams = try PlainSocket.datagrams()
      let (client, tcp, udp) = try await manager.run { daemon in
        (try await daemon.knownClient(of: "t"), try daemon.port(of: "t"), try daemon.port(of: "u"))
      }
      try datagrams.send(Array("between".utf8), to: .local(udp))
      try manager.change(body)
      return try await manager.run(thenBy: .stop) { daemon in
        #expect(try await datagrams.datagram() == "between")
        #expect(try await client.echo(of: "after") == "after")
        #expect(try await PlainSocket(connectedTo: .local(tcp)).echo(of: "new") == "new")
        let restored = try await daemon.stats().restored
        // What the next echod does not need is not left in the store.
        let isClean = await eventually {
          manager.names == ["echod-admin", "echod-listener-t", "echod-listener-u"]
        }
        #expect(isClean, "\(manager.names)")
        return (Self.warnings(of: daemon).map(String.init), restored)
      }
    }
  }

  @Test("is served without a warning if nothing was changed")
  func whole() async throws {
    let (warnings, restored) = try await restart { _ in }
    #expect(warnings == [] && restored == .init(connections: 1, sockets: 3, lost: 0))
  }

  @Test(
    "loses what is only in the state if that is damaged, says so in one line, and serves every connection",
    arguments: [
      StoredState.Damage.missing, .truncated(perMille: 0), .truncated(perMille: 10),
      .truncated(perMille: 250),
      .truncated(perMille: 500), .truncated(perMille: 900), .shortened, .otherBeginning(at: 0),
      .otherBeginning(at: 4), .noise, .unsealed,
    ])
  func damagedState(damage: StoredState.Damage) async throws {
    let (warnings, restored) = try await restart { try StoredState.damage(damage, in: &$0) }
    #expect(warnings.count == 1, "\(warnings)")
    #expect(restored == .init(connections: 1, sockets: 3, lost: 0))
  }

  @Test("is served if it has two states")
  func twoStates() async throws {
    _ = try await restart { try StoredState.damage(.doubled, in: &$0) }
  }

  @Test("is served except for what does not belong in it", arguments: ForeignDescriptor.allCases)
  func foreign(descriptor: ForeignDescriptor) async throws {
    for name in ["echod-connections", "echod-state", "echod-listener-t", "echod-listener-u", "echod-admin"] {
      _ = try await restart {
        $0.add(StoredDescriptor(try descriptor.make(), name: name, isWatched: false))
      }
    }
  }

  @Test("loses connections that it no longer has, which count as clients that left")
  func evicted() async throws {
    try await StoringManager.with(Self.file()) { manager in
      let client = try await manager.run { try await $0.knownClient(of: "t") }
      manager.change { $0.remove("echod-connections") }
      #expect(try await client.receiveToEnd() == [])
      try await manager.run(thenBy: .stop) { daemon async throws in
        #expect(try await daemon.figures(of: "t").clients == .init(current: 0, total: 1))
        #expect(try await daemon.stats().restored?.lost == 1)
        #expect(try await daemon.knownClient(of: "t").echo(of: "new") == "new")
      }
    }
  }

  @Test("ends a connection to a port that nobody serves")
  func strange() async throws {
    try await StoringManager.with(Self.file()) { manager in
      try await manager.run { _ in }
      let listening = try PlainSocket(.tcp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
      try #require(listen(listening.number, 4) == 0)
      let client = try PlainSocket(connectedTo: listening.localEndpoint())
      let parcel = try ForeignDescriptor.parcel(passing: [accept(listening.number, nil, nil)])
      manager.change { $0.add(StoredDescriptor(parcel, name: "echod-connections", isWatched: false)) }
      try await manager.run(thenBy: .stop) { daemon async throws in
        #expect(try await client.receiveToEnd() == [])
        #expect(try await daemon.figures(of: "t").clients.total == 0)
      }
    }
  }
}
