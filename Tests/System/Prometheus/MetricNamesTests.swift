import EchoCore
import Foundation
import Testing

@Suite("A metric that is named in the files for Prometheus or in the documentation")
struct MetricNamesTests {
  private static let configuration = """
    { "admin": { "port": 0 },
      "listeners": [{ "name": "tcp", "transport": "tcp", "port": 0, "service": "echo" }] }
    """
  /// Those that Prometheus makes for each target, and the blackbox exporter for each probe.
  private static let ofOthers: Set = [
    "up", "scrape_duration_seconds", "probe_success", "probe_duration_seconds",
  ]

  /// The names of a running echod's metrics.
  private func served() async throws -> Set<String> {
    try await RunningDaemon.with(Self.configuration) { daemon in
      let document = String(
        decoding: try await HTTPClient.get("/metrics", from: daemon.adminEndpoint()), as: UTF8.self)
      return Set(document.matches(of: #/(?m)^# TYPE (\S+) /#).map { String($0.1) })
    }
  }

  @Test("exists")
  func exists() async throws {
    let (rules, dashboard) = try (Rules(), Dashboard())
    let known = try await served().union(rules.recorded).union(Self.ofOthers)
    for expression in rules.expressions + dashboard.expressions {
      let names = PromQL(expression).metrics
      #expect(!names.isEmpty && names.isSubset(of: known), "\(names.subtracting(known)) in \(expression)")
    }
    for definition in dashboard.templating.list.compactMap(\.definition) {
      let metric = try #require(definition.firstMatch(of: /^label_values\((\w+)/)?.1)
      #expect(known.contains(String(metric)), "\(definition)")
    }
    for page in ["docs/how-to/monitor.md", "docs/man/echod.8.in"] {
      let text = try Repository.text(of: page)
      let names = text.matches(of: /\b(?:[a-z_]+:)?(?:echod|process|probe)_[a-z0-9_:]+\b/).map {
        String($0.0)
      }
      // Names of modules look like names of metrics.
      let others: Set = ["echod_tcp", "echod_tcp_uppercase", "echod_healthz"]
      #expect(!names.isEmpty && Set(names).subtracting(others).isSubset(of: known), "\(page)")
    }
  }

  @Test("has a reason that echod counts")
  func reasons() throws {
    let named = try (Rules().expressions + Dashboard().expressions).reduce(into: Set<String>()) {
      $0.formUnion(PromQL($1).reasons)
    }
    #expect(!named.isEmpty && named.isSubset(of: DropReason.allCases.map(\.name)))
  }

  @Test("is used, unless another metric says the same")
  func used() async throws {
    let named = try (Rules().expressions + Dashboard().expressions).reduce(into: Set<String>()) {
      $0.formUnion(PromQL($1).metrics)
    }
    #expect(try await served().subtracting(named) == ["echod_start_time_seconds"])
  }

  @Test("has an alert that the documentation lists")
  func alerts() throws {
    let page = try Repository.text(of: "docs/how-to/monitor.md")
    let listed = page.matches(of: /(?m)^\| `(Echod\w+)` \|/).map { String($0.1) }
    #expect(listed == (try Rules().alerts))
  }
}
