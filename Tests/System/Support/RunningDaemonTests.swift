import Testing

@Suite("echod beside a test")
struct RunningDaemonTests {
  @Test("tells its ports and statistics, and stops when it is told to")
  func ports() async throws {
    let configuration = """
      { "admin": { "port": 0 },
        "listeners": [
          { "name": "u", "transport": "udp", "port": 0, "service": "uppercase" },
          { "name": "t", "transport": "tcp", "port": 0, "address": "::1" }
        ] }
      """
    try await RunningDaemon.with(configuration) { daemon in
      let stats = try await daemon.stats()
      #expect(stats.state == "running")
      #expect(stats.listeners.map(\.name) == ["u", "t"])
      #expect(try stats.listeners.map(\.port) == ["u", "t"].map { Int(try daemon.endpoint(of: $0).port) })
      #expect(try daemon.endpoint(of: "t").description.hasPrefix("[::1]:"))
    }
  }
}
