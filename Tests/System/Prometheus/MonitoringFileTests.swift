import Testing

@Suite("The files for Prometheus")
struct MonitoringFileTests {
  /// The output of a check, which must find nothing wrong.
  private func check(_ program: String, _ arguments: [String]) async throws -> String {
    let outcome = try await RunningProgram.run(program, arguments, deadlineSeconds: 120)
    #expect(outcome.ending == .exit(0), "\(outcome.text)\(outcome.errors)")
    return outcome.text + outcome.errors
  }

  @Test("have rules that Prometheus accepts, without a warning")
  func rules() async throws {
    let printed = try await check("/usr/bin/promtool", ["check", "rules", MonitoringFile.rules.path])
    #expect(printed.contains("SUCCESS: ") && !printed.contains("FAILED"), "\(printed)")
  }

  @Test("have a configuration that Prometheus accepts, and that names the rules")
  func configuration() async throws {
    let printed = try await check(
      "/usr/bin/promtool", ["check", "config", MonitoringFile.configuration.path])
    #expect(printed.contains("1 rule files found"), "\(printed)")
  }

  @Test("have alerts that fire when they should, and only then")
  func rulesTests() async throws {
    let printed = try await check("/usr/bin/promtool", ["test", "rules", MonitoringFile.rulesTests.path])
    #expect(printed.contains("SUCCESS"), "\(printed)")
  }

  @Test("have a test for each alert, in which it fires and does not fire")
  func everyAlert() throws {
    let tests = try MonitoringFile.rulesTests.text()
    let alerts = try Rules().alerts
    #expect(alerts.count >= 9)
    for alert in alerts {
      #expect(tests.contains("alertname: \(alert)\n"), "\(alert) is not seen to fire")
      #expect(tests.contains("alertname: \(alert), eval_time"), "\(alert) is not seen not to fire")
    }
  }

  @Test("have alerts with a severity, a summary and a description")
  func annotations() throws {
    for alert in try MonitoringFile.rules.text().components(separatedBy: "- alert: ").dropFirst() {
      for part in ["severity: ", "summary: ", "description: ", "for: "] {
        #expect(alert.contains(part), "\(part)of \(alert)")
      }
    }
  }

  @Test("have modules that the blackbox exporter accepts")
  func blackbox() async throws {
    let path = MonitoringFile.blackbox.path
    _ = try await check("/usr/bin/prometheus-blackbox-exporter", ["--config.check", "--config.file", path])
  }
}
