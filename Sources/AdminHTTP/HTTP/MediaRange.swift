/// A member of the Accept field: the media types that it stands for, and their weight (RFC 9110, section 12.5.1).
struct MediaRange: Hashable, Sendable {
  /// A range with more parameters is malformed.
  static let parameterLimit = 8

  /// The type, in lower case; `*` is every type.
  let type: String
  /// The subtype, in lower case; `*` is every subtype.
  let subtype: String
  /// The parameters before the weight, in lower case; a media type must have all of them.
  let parameters: [MediaType.Parameter]
  /// The weight in thousandths, from 0, which means not acceptable, to 1000.
  let quality: Int

  /// Reads `media-range [ weight ]`; `nil` if it is malformed. What follows the weight is ignored, because extensions
  /// were removed from HTTP.
  init?(_ member: ArraySlice<UInt8>) {
    var parts = Syntax.split(member, at: UInt8(ascii: ";")).map { Syntax.trimmed($0) }[...]
    let names = parts.removeFirst().split(
      separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
    guard names.count == 2, names.allSatisfy(Syntax.isToken) else { return nil }
    (type, subtype) = (Syntax.lowercased(names[0]), Syntax.lowercased(names[1]))
    guard type != "*" || subtype == "*" else { return nil }
    var parameters: [MediaType.Parameter] = []
    var quality = 1000
    for part in parts where !part.isEmpty {
      guard let parameter = Self.parameter(part) else { return nil }
      if parameter.name == "q" {
        guard let weight = Self.weight(parameter.value) else { return nil }
        quality = weight
        break
      }
      guard parameters.count < Self.parameterLimit else { return nil }
      parameters.append(parameter)
    }
    self.parameters = parameters
    self.quality = quality
  }

  /// Whether the range names one type, without a wildcard.
  var isExplicit: Bool { subtype != "*" }

  /// Whether the media type is in the range.
  func contains(_ media: MediaType) -> Bool {
    (type == "*" || type == media.type) && (subtype == "*" || subtype == media.subtype)
      && parameters.allSatisfy(media.has)
  }

  /// Whether this range takes precedence over another one that contains the same media type.
  func isMoreSpecific(than other: MediaRange) -> Bool {
    specificity != other.specificity ? specificity > other.specificity : quality > other.quality
  }

  private var specificity: Int {
    // No number of parameters makes up for a wildcard.
    (type == "*" ? 0 : subtype == "*" ? 1 : 2) * (Self.parameterLimit + 1) + parameters.count
  }

  /// Reads `token "=" ( token / quoted-string )` (RFC 9110, section 5.6.6).
  private static func parameter(_ text: ArraySlice<UInt8>) -> MediaType.Parameter? {
    guard let equals = text.firstIndex(of: UInt8(ascii: "=")), Syntax.isToken(text[..<equals]) else {
      return nil
    }
    let value = text[(equals + 1)...]
    guard let plain = Syntax.isToken(value) ? value : Syntax.unquoted(value) else { return nil }
    return MediaType.Parameter(name: Syntax.lowercased(text[..<equals]), value: Syntax.lowercased(plain))
  }

  /// Reads a qvalue (RFC 9110, section 12.4.2): 0 to 1 with at most three decimals.
  private static func weight(_ text: String) -> Int? {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, first == UInt8(ascii: "0") || first == UInt8(ascii: "1") else {
      return nil
    }
    guard bytes.count == 1 || bytes[1] == UInt8(ascii: ".") else { return nil }
    let decimals = bytes.dropFirst(2)
    guard decimals.count <= 3, decimals.allSatisfy(Syntax.isDigit) else { return nil }
    let digits = [first] + decimals + Array(repeating: UInt8(ascii: "0"), count: 3 - decimals.count)
    let thousandths = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    return thousandths <= 1000 ? thousandths : nil
  }
}
