import Addresses
import Foundation
import Testing
import TestSupport

/// A Prometheus with the package's configuration and rules, but other addresses.
struct PrometheusServer: Sendable {
  /// The addresses in the configuration of the package.
  enum Address: String {
    case admin = "localhost:8080"
    case listener = "localhost:12000"
    case exporter = "localhost:9115"
  }

  /// One value of a query's result, and its labels.
  struct Sample: Decodable, Sendable {
    let labels: [String: String]
    let value: String

    private enum Key: String, CodingKey {
      case metric, value
    }

    init(from decoder: any Decoder) throws {
      let object = try decoder.container(keyedBy: Key.self)
      labels = try object.decode([String: String].self, forKey: .metric)
      var pair = try object.nestedUnkeyedContainer(forKey: .value)
      _ = try pair.decode(Double.self)
      value = try pair.decode(String.self)
    }
  }

  private struct Answer<Content: Decodable>: Decodable {
    var data: Content
  }

  private struct Samples: Decodable {
    var result: [Sample]
  }

  /// A rule as Prometheus knows it.
  struct Rule: Decodable {
    var name: String
    var health: String
    var lastError: String?
  }

  private struct Groups: Decodable {
    struct Group: Decodable {
      var rules: [Rule]
    }
    var groups: [Group]
  }

  private struct Metadata: Decodable {
    var metric: String?
  }

  /// How often it scrapes and evaluates, so that a test need not wait for the usual 15 seconds.
  private static let interval = "2s"

  private let web: WebServer

  /// Runs a Prometheus while the body runs.
  static func with<Result>(
    _ addresses: [Address: String], _ body: (PrometheusServer) async throws -> Result
  ) async throws -> Result {
    var configuration = try MonitoringFile.configuration.text().replacing("15s", with: interval)
    for (address, other) in addresses {
      try #require(configuration.contains(address.rawValue))
      configuration = configuration.replacing(address.rawValue, with: other)
    }
    return try await TemporaryDirectory.with { directory in
      try configuration.write(toFile: "\(directory)/prometheus.yml", atomically: false, encoding: .utf8)
      try MonitoringFile.rules.text().write(
        toFile: "\(directory)/\(MonitoringFile.rules.rawValue)", atomically: false, encoding: .utf8)
      let arguments = [
        "--config.file", "\(directory)/prometheus.yml", "--storage.tsdb.path", "\(directory)/data",
      ]
      return try await WebServer.with("/usr/bin/prometheus", arguments) {
        try await body(PrometheusServer(web: $0))
      }
    }
  }

  /// The result of an instant query.
  func samples(of query: String) async throws -> [Sample] {
    try await answer("/api/v1/query", ["query": query], as: Samples.self)?.result ?? []
  }

  /// Waits until an instant query has exactly one value, and it is this one.
  func hasValue(_ value: String, of query: String) async throws -> Bool {
    try await eventually(every: .milliseconds(200)) { try await samples(of: query).map(\.value) == [value] }
  }

  /// The rules.
  func rules() async throws -> [Rule] {
    try await answer("/api/v1/rules", as: Groups.self)?.groups.flatMap(\.rules) ?? []
  }

  /// How many targets have described a metric under this name.
  func targets(describing metric: String) async throws -> Int {
    try await answer("/api/v1/targets/metadata", ["metric": metric], as: [Metadata].self)?.count ?? 0
  }

  private func answer<Content: Decodable>(
    _ path: String, _ query: [String: String] = [:], as type: Content.Type
  ) async throws -> Content? {
    guard let text = try await web.get(path, query: query) else { return nil }
    return try JSONDecoder().decode(Answer<Content>.self, from: Data(text.utf8)).data
  }
}
