/// The query of a request's target: parameters `name=value`, separated by `&`.
///
/// Unlike in HTML forms, a `+` means itself (RFC 3986, section 3.4).
struct RequestQuery: Sendable {
  private var parameters: [(name: String, value: String)] = []

  /// The parameters of a request, which must have these names, each at most once. If a misspelled name were
  /// ignored, a health check would test something else.
  ///
  /// - Parameter names: the names that the resource knows.
  init(_ request: Request, names: Set<String>) throws(RequestError) {
    for part in request.query.utf8.split(separator: UInt8(ascii: "&")) {
      let pair = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      let name = Self.decoded(pair[0])
      guard names.contains(name) else {
        let known = names.sorted().joined(separator: ", ")
        throw .malformed("The query has an unknown parameter; the parameters here are: \(known).")
      }
      guard self[name] == nil else { throw .malformed("The query has the parameter \(name) more than once.") }
      parameters.append((name, pair.count > 1 ? Self.decoded(pair[1]) : ""))
    }
  }

  /// The value of a parameter.
  subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

  /// The value of a parameter as a number within bounds; the default if there is no such parameter.
  func number(_ name: String, in bounds: ClosedRange<Int>, default: Int) throws(RequestError) -> Int {
    guard let text = self[name] else { return `default` }
    guard text.utf8.allSatisfy(Syntax.isDigit), let number = Int(text), bounds.contains(number) else {
      throw .malformed("\(name) must be a number from \(bounds.lowerBound) to \(bounds.upperBound).")
    }
    return number
  }

  /// The text without percent-encodings (RFC 3986, section 2.1), which the request's parser has checked.
  private static func decoded(_ text: Substring.UTF8View) -> String {
    var bytes: [UInt8] = []
    var rest = text[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%"), let high = rest.popFirst().flatMap(Syntax.hexValue),
        let low = rest.popFirst().flatMap(Syntax.hexValue)
      else {
        bytes.append(byte)
        continue
      }
      bytes.append(UInt8(high << 4 | low))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
