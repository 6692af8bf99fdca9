import EchoCore

extension JSONValue {
  /// A count as a number. Above `Int.max`, which no counter reaches, it loses its last digits.
  static func count(_ value: UInt64) -> JSONValue {
    Int(exactly: value).map(JSONValue.integer) ?? .number(Double(value))
  }
}
