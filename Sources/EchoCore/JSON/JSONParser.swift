extension JSONValue {
  /// Reads JSON text (RFC 8259) in UTF-8, which may also have `//` and `/* */` comments and trailing commas. A byte
  /// order mark is skipped.
  ///
  /// Names must be unique in their object, and values can be nested ``Limits/jsonDepth`` levels deep.
  public init(parsing bytes: [UInt8]) throws(JSONSyntaxError) {
    var parser = try JSONParser(bytes)
    self = try parser.text()
  }
}

/// Parses a text in one pass.
struct JSONParser {
  /// The text without a byte order mark; valid UTF-8.
  let bytes: ArraySlice<UInt8>
  /// The next byte's index in `bytes`.
  var offset: Int

  init(_ text: [UInt8]) throws(JSONSyntaxError) {
    bytes = text.starts(with: [0xEF, 0xBB, 0xBF]) ? text.dropFirst(3) : text[...]
    offset = bytes.startIndex
    do throws(UTF8.ValidationError) {
      _ = try UTF8Span(validating: bytes.span)
    } catch {
      let start = bytes.startIndex + error.byteOffsets.lowerBound
      throw failure("byte 0x\(padded(bytes[start], to: 2, radix: 16)) is not valid UTF-8", at: start)
    }
  }

  /// The whole text: one value, and nothing after it.
  mutating func text() throws(JSONSyntaxError) -> JSONValue {
    guard !bytes.isEmpty else { throw failure("the text is empty; expected a value", at: offset) }
    let value = try value(depth: 0)
    try skipBlanks()
    guard next == nil else { throw expected("the end of the text after the value") }
    return value
  }

  /// A value and the blanks before it; `depth` is the number of arrays and objects around it.
  private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    try skipBlanks()
    switch next {
    case UInt8(ascii: "{"): return .object(try members(depth: deeper(depth)))
    case UInt8(ascii: "["): return .array(try elements(depth: deeper(depth)))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
    default: break
    }
    let literals: [String: JSONValue] = ["true": .bool(true), "false": .bool(false), "null": .null]
    guard let literal = literals[word] else { throw expected("a value") }
    offset += word.utf8.count
    return literal
  }

  private func deeper(_ depth: Int) throws(JSONSyntaxError) -> Int {
    guard depth < Limits.jsonDepth else {
      throw failure("values are nested more than \(Limits.jsonDepth) levels deep", at: offset)
    }
    return depth + 1
  }

  private mutating func elements(depth: Int) throws(JSONSyntaxError) -> [JSONValue] {
    var elements: [JSONValue] = []
    try items(until: "]", "an element") { parser throws(JSONSyntaxError) in
      elements.append(try parser.value(depth: depth))
    }
    return elements
  }

  private mutating func members(depth: Int) throws(JSONSyntaxError) -> [JSONValue.Member] {
    var members: [JSONValue.Member] = []
    // As bytes: Swift compares strings by canonical equivalence, JSON does not (section 8.3).
    var names: Set<[UInt8]> = []
    try items(until: "}", "a member") { parser throws(JSONSyntaxError) in
      guard parser.next == UInt8(ascii: "\"") else { throw parser.expected("a name in double quotes or '}'") }
      let start = parser.offset
      let name = try parser.string()
      guard names.insert(Array(name.utf8)).inserted else {
        throw parser.failure("\(quoted(name)) appears twice in this object", at: start)
      }
      try parser.skipBlanks()
      guard parser.take(":") else { throw parser.expected("':' after a name") }
      members.append(JSONValue.Member(name, try parser.value(depth: depth)))
    }
    return members
  }

  /// The items of an array or an object; the next byte is its opening bracket.
  private mutating func items(
    until end: Unicode.Scalar, _ what: String,
    item: (inout JSONParser) throws(JSONSyntaxError) -> Void
  ) throws(JSONSyntaxError) {
    offset += 1
    try skipBlanks()
    while !take(end) {
      try item(&self)
      try skipBlanks()
      if take(",") {
        try skipBlanks()
      } else if next != UInt8(ascii: end) {
        throw expected("',' or '\(end)' after \(what)")
      }
    }
  }
}

// MARK: - Bytes

extension JSONParser {
  /// The next byte, or `nil` at the end.
  var next: UInt8? { byte(at: offset) }

  /// The byte at that index, or `nil` past the end.
  func byte(at index: Int) -> UInt8? {
    index < bytes.endIndex ? bytes[index] : nil
  }

  /// Skips the next byte if it is this one, and returns whether it was.
  mutating func take(_ byte: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: byte) else { return false }
    offset += 1
    return true
  }

  /// Skips white space (RFC 8259, section 2) and comments.
  private mutating func skipBlanks() throws(JSONSyntaxError) {
    while let byte = next {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): offset += 1
      case UInt8(ascii: "/"): try skipComment()
      default: return
      }
    }
  }

  private mutating func skipComment() throws(JSONSyntaxError) {
    let start = offset
    offset += 1
    if take("/") {
      while let byte = next, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") { offset += 1 }
    } else if take("*") {
      while !(next == UInt8(ascii: "*") && byte(at: offset + 1) == UInt8(ascii: "/")) {
        guard next != nil else {
          throw failure("the comment that starts here is never closed with */", at: start)
        }
        offset += 1
      }
      offset += 2
    } else {
      throw expected("'/' or '*' after '/'; comments are // or /* */")
    }
  }
}

// MARK: - Errors

extension JSONParser {
  /// An error at that index.
  func failure(_ message: String, at index: Int) -> JSONSyntaxError {
    JSONSyntaxError(at: index - bytes.startIndex, of: bytes, message)
  }

  /// An error at the next byte.
  func expected(_ what: String) -> JSONSyntaxError {
    failure("expected \(what), found \(found)", at: offset)
  }

  /// The letters, digits and underscores that come next.
  private var word: String {
    String(decoding: bytes[offset...].prefix { isAlphanumeric($0, or: "_") }, as: UTF8.self)
  }

  /// What comes next, as a message shows it.
  private var found: String {
    // Four bytes are enough for the first scalar.
    let text = String(decoding: bytes[offset...].prefix(4), as: UTF8.self)
    guard let scalar = text.unicodeScalars.first else { return "the end of the text" }
    switch scalar {
    case "\"": return "a string"
    case "'": return "a single quote; strings have double quotes"
    default: return "'\(excerpt(word.isEmpty ? String(scalar) : word))'"
    }
  }
}
