/// The header fields of a request (RFC 9112, section 5), in the order in which they were received.
struct HeaderFields: Sendable {
  private var fields: [(name: String, value: ArraySlice<UInt8>)] = []

  /// Reads a field line, without its end: `field-name ":" OWS field-value OWS`.
  mutating func append(_ line: ArraySlice<UInt8>) throws(RequestError) {
    guard fields.count < HTTPLimits.fields else {
      throw RequestError(
        status: .requestHeaderFieldsTooLarge,
        reason: "A request can have at most \(HTTPLimits.fields) fields.")
    }
    // A server rejects obs-fold (RFC 9112, section 5.2) and white space before the first field (section 2.2).
    guard let first = line.first, !Syntax.isWhitespace(first) else {
      throw .malformed("A header line begins with white space.")
    }
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
      throw .malformed("A header line has no colon.")
    }
    // This also rejects white space before the colon (RFC 9112, section 5.1).
    guard Syntax.isToken(line[..<colon]) else { throw .malformed("A field name is not a token.") }
    let value = Syntax.trimmed(line[(colon + 1)...])
    // A copy, because a slice would keep the whole buffer alive.
    fields.append((Syntax.lowercased(line[..<colon]), Array(value)[...]))
  }

  /// The values of all fields of that name, which is in lower case.
  func values(of name: String) -> [ArraySlice<UInt8>] {
    fields.filter { $0.name == name }.map(\.value)
  }

  /// Whether there is a field of that name, which is in lower case.
  func contains(_ name: String) -> Bool {
    fields.contains { $0.name == name }
  }

  /// The elements, in lower case, of the comma-separated lists in all fields of that name (RFC 9110, section 5.6.1).
  /// Quoted strings are not supported: no list that is read here can have one.
  func list(of name: String) -> [String] {
    values(of: name).flatMap { $0.split(separator: UInt8(ascii: ",")) }
      .map { Syntax.lowercased(Syntax.trimmed($0)) }
      .filter { !$0.isEmpty }
  }
}
