import TestSupport
import Testing

@Suite("The blackbox exporter")
struct BlackboxTests {
  private static let configuration = """
    { "admin": { "port": 0 },
      "listeners": [
        { "name": "echo", "transport": "tcp", "port": 0, "service": "echo" },
        { "name": "uppercase", "transport": "tcp", "port": 0, "service": "uppercase" },
        { "name": "discard", "transport": "tcp", "port": 0, "service": "discard" }
      ] }
    """
  /// Long enough for a wrong reply, which comes at once. If there is no reply, a longer wait would show nothing more.
  private static let briefly = 1.5

  @Test("finds listeners that answer, each with the module for its service")
  func answering() async throws {
    try await BlackboxExporter.with { exporter in
      try await RunningDaemon.with(Self.configuration, deadlineSeconds: 120) { daemon in
        let (echo, uppercase) = try ("\(daemon.endpoint(of: "echo"))", "\(daemon.endpoint(of: "uppercase"))")
        #expect(try await exporter.succeeds("echod_tcp", at: echo))
        #expect(try await exporter.succeeds("echod_tcp_uppercase", at: uppercase))
        #expect(try await !exporter.succeeds("echod_tcp_uppercase", at: echo, withinSeconds: Self.briefly))
        #expect(try await !exporter.succeeds("echod_tcp", at: uppercase, withinSeconds: Self.briefly))
      }
    }
  }

  @Test("fails for a listener that does not answer, and for one that does not exist")
  func silent() async throws {
    try await BlackboxExporter.with { exporter in
      try await RunningDaemon.with(Self.configuration, deadlineSeconds: 120) { daemon in
        let discard = "\(try daemon.endpoint(of: "discard"))"
        #expect(try await !exporter.succeeds("echod_tcp", at: discard, withinSeconds: Self.briefly))
      }
      try await withUnusedEndpoint { endpoint in
        let isFound = try await exporter.succeeds("echod_tcp", at: "\(endpoint)")
        #expect(!isFound)
      }
    }
  }

  @Test("finds echod healthy, and each of its listeners")
  func health() async throws {
    try await BlackboxExporter.with { exporter in
      let admin = try await RunningDaemon.with(Self.configuration, deadlineSeconds: 120) { daemon in
        let admin = "http://\(try daemon.adminEndpoint())"
        for path in ["/healthz", "/healthz?listener=echo"] {
          // On a busy machine a queue can take longer to answer than /healthz waits.
          let isHealthy = try await eventually {
            try await exporter.succeeds("echod_healthz", at: "\(admin)\(path)")
          }
          #expect(isHealthy, "\(path)")
        }
        #expect(try await !exporter.succeeds("echod_healthz", at: "\(admin)/healthz?listener=other"))
        #expect(try await !exporter.succeeds("echod_healthz", at: "\(admin)/stats"))
        return admin
      }
      #expect(try await !exporter.succeeds("echod_healthz", at: "\(admin)/healthz"))
    }
  }
}
