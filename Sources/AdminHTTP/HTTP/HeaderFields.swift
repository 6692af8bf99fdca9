/// The fields of a request (RFC 9112, section 5), in the order in which they came.
struct HeaderFields: Sendable {
  private var fields: [(name: String, value: ArraySlice<UInt8>)] = []

  /// Reads a field line, without its end: `field-name ":" OWS field-value OWS`.
  mutating func append(_ line: ArraySlice<UInt8>) throws(RequestError) {
    guard fields.count < HTTPLimits.fields else {
      throw RequestError(
        status: .requestHeaderFieldsTooLarge, reason: "A request has \(HTTPLimits.fields) fields at most.")
    }
    // RFC 9112, section 5.2: a server refuses obs-fold. White space before the first field is as bad, section 2.2.
    guard let first = line.first, !Syntax.isWhitespace(first) else {
      throw .malformed("A line of the header section begins with white space.")
    }
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
      throw .malformed("A line of the header section has no colon.")
    }
    // White space before the colon is refused by this too (RFC 9112, section 5.1).
    guard Syntax.isToken(line[..<colon]) else { throw .malformed("A field's name is not a token.") }
    let value = Syntax.trimmed(line[(colon + 1)...])
    // Copied, or a few bytes would hold on to the whole buffer that they came in.
    fields.append((Syntax.lowercased(line[..<colon]), Array(value)[...]))
  }

  /// The values of every field of that name, which is given in small letters.
  func values(of name: String) -> [ArraySlice<UInt8>] {
    fields.filter { $0.name == name }.map(\.value)
  }

  /// Whether there is a field of that name.
  func contains(_ name: String) -> Bool {
    fields.contains { $0.name == name }
  }

  /// The elements, in small letters, of the comma-separated lists in every field of that name (RFC 9110, section
  /// 5.6.1). Quotation is not understood: no list that is read here may hold any.
  func list(of name: String) -> [String] {
    values(of: name).flatMap { $0.split(separator: UInt8(ascii: ",")) }
      .map { Syntax.lowercased(Syntax.trimmed($0)) }
      .filter { !$0.isEmpty }
  }
}
