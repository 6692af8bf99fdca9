import Testing

@Suite("OpenMetrics")
struct OpenMetricsTests {
  private static let configuration = """
    { "admin": { "port": 0 },
      "listeners": [
        { "name": "udp", "transport": "udp", "port": 0, "service": "echo" },
        { "name": "tcp", "transport": "tcp", "port": 0, "service": "uppercase" }
      ] }
    """

  /// The samples that the reference parser reads in a document.
  private func parsed(_ document: [UInt8]) async throws -> RunningProgram.Outcome {
    let parser = PythonProgram(file: "Prometheus/openmetrics.py", arguments: [])
    return try await parser.run(input: String(decoding: document, as: UTF8.self))
  }

  @Test("is what the reference parser accepts, with the same samples as the format 0.0.4")
  func strict() async throws {
    try await RunningDaemon.with(Self.configuration) { daemon in
      let admin = try daemon.adminEndpoint()
      let document = try await HTTPClient.get(
        "/metrics", from: admin, accept: "application/openmetrics-text; version=1.0.0")
      let outcome = try await parsed(document)
      #expect(outcome.ending == .exit(0), "\(outcome.errors)")
      let lines = outcome.text.split(separator: "\n")
      #expect(lines.contains("gauge echod_build_info echod_build_info 1"))
      #expect(lines.contains("counter echod_messages_received echod_messages_received_total 0"))
      #expect(lines.contains { $0.hasPrefix("counter process_cpu_seconds process_cpu_seconds_total ") })
      let usual = String(decoding: try await HTTPClient.get("/metrics", from: admin), as: UTF8.self)
      #expect(lines.count == usual.split(separator: "\n").count { !$0.hasPrefix("#") })
    }
  }

  @Test("is refused by the reference parser if it is wrong")
  func strictness() async throws {
    for document in ["# TYPE a counter\na_total 1\n", "# TYPE a counter\na 1\n# EOF\n"] {
      #expect(try await parsed(Array(document.utf8)).ending != .exit(0))
    }
  }
}
