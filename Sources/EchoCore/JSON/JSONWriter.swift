extension JSONValue {
  /// The value as JSON text (RFC 8259) in UTF-8: a line for each member and element, indented by two spaces a level,
  /// without a newline at the end.
  public func text() -> String {
    var text = ""
    write(to: &text, depth: 0)
    return text
  }

  /// The value as JSON text in one line, without spaces and without a newline at the end.
  public func line() -> String {
    var text = ""
    write(to: &text, depth: nil)
    return text
  }

  /// Without a depth, everything is in one line.
  private func write(to text: inout String, depth: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += "\(value)"
    case .number(let value): text += value.isFinite ? "\(value)" : "null"
    case .string(let value): Self.write(value, to: &text)
    case .array(let elements):
      Self.write(elements, between: ("[", "]"), to: &text, depth) { element, text in
        element.write(to: &text, depth: depth.map { $0 + 1 })
      }
    case .object(let members):
      Self.write(members, between: ("{", "}"), to: &text, depth) { member, text in
        Self.write(member.name, to: &text)
        text += depth == nil ? ":" : ": "
        member.value.write(to: &text, depth: depth.map { $0 + 1 })
      }
    }
  }

  private static func write<Item>(
    _ items: [Item], between brackets: (String, String), to text: inout String, _ depth: Int?,
    item write: (Item, inout String) -> Void
  ) {
    text += brackets.0
    for (index, item) in items.enumerated() {
      if index > 0 { text += "," }
      if let depth { text += "\n" + String(repeating: "  ", count: depth + 1) }
      write(item, &text)
    }
    if let depth, !items.isEmpty { text += "\n" + String(repeating: "  ", count: depth) }
    text += brackets.1
  }

  private static func write(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\0"..<" ":
        text += "\\u" + padded(scalar.value, to: 4, radix: 16).lowercased()
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
