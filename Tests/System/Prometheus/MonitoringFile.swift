/// The files for Prometheus, its blackbox exporter and Grafana, which the package installs.
enum MonitoringFile: String, CaseIterable {
  case configuration = "prometheus.yml"
  case rules = "echod.rules.yml"
  case rulesTests = "echod.rules.test.yml"
  case blackbox = "blackbox.yml"
  case dashboard = "echod-dashboard.json"

  /// Where it is.
  var path: String { Repository.path(of: "packaging/prometheus/\(rawValue)") }

  /// What it says.
  func text() throws -> String { try Repository.text(of: "packaging/prometheus/\(rawValue)") }
}
