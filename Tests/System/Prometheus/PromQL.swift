import Foundation

/// What an expression in PromQL names.
struct PromQL {
  /// The metrics.
  let metrics: Set<String>
  /// The values that the label `reason` is compared with.
  let reasons: Set<String>

  init(_ expression: String) {
    reasons = Set(
      expression.matches(of: /reason(?:=|!=|=~|!~)"([^"]*)"/).flatMap {
        $0.1.split(separator: "|").map(String.init)
      })
    var text = expression.replacing(/"[^"]*"/, with: "")
    text = text.replacing(/\{[^}]*\}/, with: " ").replacing(/\[[^\]]*\]/, with: " ")
    text = text.replacing(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/, with: " ")
    text = text.replacing(/\b[0-9][0-9a-z.]*/, with: " ")
    // Operators, functions and metrics are left.
    let names = text.matches(of: /([a-zA-Z_:][\w:]*)(\s*\()?/).filter { $0.2 == nil }
    metrics = Set(names.map { String($0.1) }).subtracting(["and", "or", "unless", "bool", "offset"])
  }
}
