public import Addresses

/// The host and port that a request is for (RFC 9110, section 7.2).
public struct RequestHost: Hashable, Sendable {
  /// The form of the host.
  public enum Name: Hashable, Sendable {
    /// An IP literal; IPv6 in brackets.
    case address(IPAddress)
    /// A registered name in lower case, without a trailing dot.
    case name(String)
  }

  /// The host.
  public var name: Name
  /// The port, if there is one.
  public var port: UInt16?

  /// Reads `uri-host [ ":" port ]` (RFC 3986, sections 3.2.2 and 3.2.3); `nil` for anything else, including user
  /// information. A Host field can be empty (RFC 9112, section 3.2), an http URI's host cannot (RFC 9110, section
  /// 4.2.1).
  init?(bytes text: ArraySlice<UInt8>, canBeEmpty: Bool = false) {
    let portText: ArraySlice<UInt8>
    if text.first == UInt8(ascii: "[") {
      guard let end = text.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      let literal = String(decoding: text[(text.startIndex + 1)..<end], as: UTF8.self)
      guard literal.utf8.contains(UInt8(ascii: ":")), let address = IPAddress(literal) else { return nil }
      name = .address(address)
      portText = text[(end + 1)...]
    } else {
      let end = text.firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex
      guard canBeEmpty || end > text.startIndex,
        Syntax.isEncoded(text[..<end], allowed: Syntax.isHostCharacter)
      else {
        return nil
      }
      let host = String(decoding: text[..<end], as: UTF8.self)
      name = IPAddress(host).map(Name.address) ?? .name(Self.canonical(host))
      portText = text[end...]
    }
    switch Self.port(portText) {
    case .some(let port): self.port = port
    case .none: return nil
    }
  }

  /// A name in the form in which names are compared: in lower case, without a trailing dot.
  static func canonical(_ name: String) -> String {
    let bytes = name.utf8.last == UInt8(ascii: ".") ? name.utf8.dropLast() : name.utf8[...]
    return Syntax.lowercased(bytes)
  }

  /// The port of `[ ":" *DIGIT ]`: `.some(nil)` without digits, `nil` when the text is something else.
  private static func port(_ text: ArraySlice<UInt8>) -> UInt16?? {
    guard let colon = text.first else { return .some(nil) }
    let digits = text.dropFirst()
    guard colon == UInt8(ascii: ":"), digits.allSatisfy(Syntax.isDigit) else { return nil }
    guard !digits.isEmpty else { return .some(nil) }
    return UInt16(String(decoding: digits, as: UTF8.self)).map(Optional.some)
  }
}
