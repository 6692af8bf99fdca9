import Foundation

/// What the rules file defines. It reads only as much of YAML as this file uses.
struct Rules {
  /// The names of the alerts.
  let alerts: [String]
  /// The names of the metrics that are recorded.
  let recorded: [String]
  /// The expressions of both.
  let expressions: [String]

  init() throws {
    let lines = try MonitoringFile.rules.text().components(separatedBy: "\n")
    alerts = lines.compactMap { Self.value(of: "- alert: ", in: $0) }
    recorded = lines.compactMap { Self.value(of: "- record: ", in: $0) }
    expressions = lines.indices.compactMap { index in
      guard let text = Self.value(of: "expr: ", in: lines[index]) else { return nil }
      guard text == ">-" else { return text }
      let depth = Self.indentation(of: lines[index])
      return lines[(index + 1)...].prefix { Self.indentation(of: $0) > depth }.joined(separator: " ")
    }
  }

  private static func value(of key: String, in line: String) -> String? {
    let text = line.drop { $0 == " " }
    return text.hasPrefix(key) ? String(text.dropFirst(key.count)) : nil
  }

  private static func indentation(of line: String) -> Int { line.prefix { $0 == " " }.count }
}
