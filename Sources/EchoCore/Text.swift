/// A text from a file as a message shows it: on one line, cut to ``Limits/excerptCharacters``.
func excerpt(_ text: String) -> String {
  let isCut = text.unicodeScalars.dropFirst(Limits.excerptCharacters).first != nil
  return onOneLine(text.unicodeScalars.prefix(Limits.excerptCharacters)) + (isCut ? "…" : "")
}

/// A text with invisible characters written as `\uXXXX`, so that it can neither end the line nor control a terminal.
public func onOneLine(_ text: some Sequence<Unicode.Scalar>) -> String {
  var result = ""
  for scalar in text {
    if isVisible(scalar) {
      result.unicodeScalars.append(scalar)
    } else {
      result += "\\u" + padded(scalar.value, to: 4, radix: 16)
    }
  }
  return result
}

/// The excerpt of a text in double quotes.
func quoted(_ text: String) -> String { "\"\(excerpt(text))\"" }

/// A number with zeros before it until it has that many digits; those above 9 are capitals.
public func padded(_ number: some BinaryInteger, to digits: Int, radix: Int = 10) -> String {
  let text = String(number, radix: radix, uppercase: true)
  return String(repeating: "0", count: max(0, digits - text.count)) + text
}

extension Int {
  /// The number with the noun that it counts: `1 byte`, `2 bytes`.
  public func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}

/// Whether a byte is an ASCII letter, an ASCII digit or one of the others.
public func isAlphanumeric(_ byte: UInt8, or others: String = "") -> Bool {
  switch Unicode.Scalar(byte) {
  case "a"..."z", "A"..."Z", "0"..."9": true
  default: others.utf8.contains(byte)
  }
}

private func isVisible(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  // Marks would combine with the character before them, which may be part of the message.
  case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
    .nonspacingMark, .spacingMark, .enclosingMark:
    return false
  case .spaceSeparator: return scalar == " "
  default: return true
  }
}

extension JSONValue {
  /// The value as a message shows it: its kind, or the value itself if that is short.
  var excerpt: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let text): "the string \(quoted(text))"
    case .array(let elements): elements.isEmpty ? "an empty array" : "an array"
    case .object(let members): members.isEmpty ? "an empty object" : "an object"
    }
  }
}
