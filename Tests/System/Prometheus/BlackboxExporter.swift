import Testing

/// The blackbox exporter with the modules that the package has.
struct BlackboxExporter: Sendable {
  private let web: WebServer

  /// Where it listens.
  var address: String { web.address }

  /// Runs the exporter while the body runs.
  static func with<Result>(_ body: (BlackboxExporter) async throws -> Result) async throws -> Result {
    let arguments = ["--config.file", MonitoringFile.blackbox.path]
    return try await WebServer.with("/usr/bin/prometheus-blackbox-exporter", arguments) {
      try await body(BlackboxExporter(web: $0))
    }
  }

  /// Whether a probe succeeds.
  ///
  /// - Parameter seconds: how long it may take, less half a second; by default as long as the module says.
  func succeeds(_ module: String, at target: String, withinSeconds seconds: Double? = nil) async throws
    -> Bool
  {
    let fields = seconds.map { ["X-Prometheus-Scrape-Timeout-Seconds: \($0)"] } ?? []
    let text = try await web.get("/probe", query: ["module": module, "target": target], fields: fields)
    let value = text?.firstMatch(of: /(?m)^probe_success ([01])$/)?.1
    return try #require(value, "\(text ?? "no response")") == "1"
  }
}
