import Testing

@Suite(
  "echoc mtu on a path with a narrow link",
  .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"))
struct PathMTUTests {
  private static let listeners = """
    { "name": "dual", "transport": "udp", "address": "::", "port": 12001 },
    { "name": "losing", "transport": "udp", "address": "::", "port": 12002,
      "impair": { "seed": 7, "lossPercent": 30 } }
    """

  /// The same host, the one behind the narrow link, over both families.
  private static let servers = [("10.255.1.1", 28), ("[fd00:255:1::1]", 48)]

  @Test(
    "finds its MTU behind a router, by the router's report or without one", arguments: [false, true], servers)
  func behindRouter(isFiltered: Bool, server: (host: String, headerBytes: Int)) async throws {
    try await withServer(isFiltered: isFiltered) { path in
      let summary = try await mtu("udp://\(server.host):12001", from: path.server)
      #expect(
        summary.pathMTU == NarrowPath.mtu && summary.largestBytes == NarrowPath.mtu - server.headerBytes)
      #expect(summary.limitedBy == (isFiltered ? "silence" : "report"))
      let reports = summary.trials.filter { $0.result == "report" }
      #expect(reports.allSatisfy { $0.mtu == NarrowPath.mtu } && reports.isEmpty == isFiltered)
    }
  }

  @Test("finds the MTU of the machine's own link without a report", arguments: [false, true])
  func ownLink(isIPv6: Bool) async throws {
    try await NarrowPath.with(isFiltered: true) { path in
      try await HostDaemon.with(on: path.server, listeners: Self.listeners) { _ in
        let host = isIPv6 ? "[\(NarrowPath.serverIPv6)]" : NarrowPath.serverIPv4
        try await path.client.run([BuiltProgram.echoc, "ping", "-c", "1", "-W", "20", "udp://\(host):12001"])
        let summary = try await mtu("udp://\(host):12001", from: path.client)
        #expect(summary.pathMTU == NarrowPath.mtu && summary.limitedBy == "interface")
        #expect(summary.trials.count == 3)
      }
    }
  }

  @Test("measures the path as it is now, not as the kernel remembers it", arguments: servers)
  func wider(server: (host: String, headerBytes: Int)) async throws {
    try await withServer(isFiltered: false) { path in
      let endpoint = "udp://\(server.host):12001"
      #expect(try await mtu(endpoint, from: path.server).pathMTU == NarrowPath.mtu)
      let wide = 1450
      try await path.client.ip("link set \(TwoHosts.Host.interface) mtu \(wide)")
      try await path.router.ip("link set to1 mtu \(wide)")
      #expect(try await mtu(endpoint, from: path.server).pathMTU == wide)
    }
  }

  @Test("finds it with more tries even if replies are lost", arguments: servers)
  func loss(server: (host: String, headerBytes: Int)) async throws {
    try await withServer(isFiltered: true) { path in
      let summary = try await mtu(
        "udp://\(server.host):12002", ["--tries", "20", "-W", "0.1"], from: path.server)
      #expect(summary.pathMTU == NarrowPath.mtu)
      #expect(summary.trials.contains { $0.result == "reply" && $0.tries > 1 })
    }
  }

  private func withServer(isFiltered: Bool, _ body: (NarrowPath) async throws -> Void) async throws {
    try await NarrowPath.with(isFiltered: isFiltered) { path in
      try await HostDaemon.with(on: path.client, listeners: Self.listeners) { _ in
        try await body(path)
      }
    }
  }

  private func mtu(
    _ endpoint: String, _ arguments: [String] = ["-W", "0.5"], from host: TwoHosts.Host
  ) async throws -> MTUSummary {
    try await MTUSummary.of(endpoint, arguments, wrapper: host.wrapper)
  }
}
