import Glibc

/// Colors for a terminal, unless NO_COLOR is set and not empty (https://no-color.org), or TERM is `dumb`.
struct Palette: Hashable, Sendable {
  /// A color, as its parameter of Select Graphic Rendition. See console_codes(4).
  enum Color: String {
    case red = "31"
    case yellow = "33"
    case cyan = "36"
  }

  private let isOn: Bool

  /// A palette with or without colors.
  init(isOn: Bool) { self.isOn = isOn }

  /// The palette for a standard stream.
  init(for descriptor: Int32) {
    isOn = isatty(descriptor) == 1 && Self.isWanted(noColor: Self.variable("NO_COLOR"), Self.variable("TERM"))
  }

  /// Whether the environment variables allow colors on a terminal.
  static func isWanted(noColor: String?, _ terminal: String?) -> Bool {
    noColor?.isEmpty != false && terminal?.isEmpty == false && terminal != "dumb"
  }

  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// The text in a color.
  func paint(_ text: String, _ color: Color) -> String {
    isOn && !text.isEmpty ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
  }
}
