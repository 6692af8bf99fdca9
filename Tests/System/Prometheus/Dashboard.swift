import Foundation

/// The dashboard for Grafana: the part of its JSON model that is checked.
struct Dashboard: Decodable {
  struct Position: Decodable {
    var x, y, w, h: Int
  }

  struct Target: Decodable {
    var expr: String
  }

  struct Panel: Decodable {
    var id: Int
    var type: String
    var title: String
    var description: String?
    var gridPos: Position
    var targets: [Target]?
  }

  struct Variable: Decodable {
    var name: String
    var type: String
    var definition: String?
  }

  struct Templating: Decodable {
    var list: [Variable]
  }

  struct Annotation: Decodable {
    var expr: String
  }

  struct Annotations: Decodable {
    var list: [Annotation]
  }

  var uid: String
  var schemaVersion: Int
  var panels: [Panel]
  var templating: Templating
  var annotations: Annotations

  init() throws {
    self = try JSONDecoder().decode(Dashboard.self, from: Data(MonitoringFile.dashboard.text().utf8))
  }

  /// The expressions of its panels and annotations.
  var expressions: [String] {
    panels.flatMap { $0.targets ?? [] }.map(\.expr) + annotations.list.map(\.expr)
  }
}
