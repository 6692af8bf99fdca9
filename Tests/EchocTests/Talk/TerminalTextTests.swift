import Testing

@testable import echoc

@Suite("A server's bytes on a terminal")
struct TerminalTextTests {
  private func escaped(_ bytes: [UInt8]) -> String {
    String(decoding: TerminalText.escaped(bytes), as: UTF8.self)
  }

  @Test(
    "stay as they are if they are text, in any language",
    arguments: [
      "", "hello", "a\tb", "two\nlines\n", #"C:\new \u001B"#, "é", "e\u{301}", "漢字", "😀", "👩‍💻", "🇨🇭",
      "مرحبا", "שלום", "\u{A0}\u{FEFF}\u{200E}\u{E000}\u{10FFFF}",
    ])
  func text(text: String) {
    #expect(TerminalText.escaped(Array(text.utf8)) == Array(text.utf8))
  }

  @Test(
    "do not contain commands",
    arguments: [
      ("\u{1B}[2J", #"\u001B[2J"#), ("\u{1B}]0;title\u{7}", #"\u001B]0;title\u0007"#),
      ("over\rwritten", #"over\u000Dwritten"#), ("a\u{8}b", #"a\u0008b"#), ("\0", #"\u0000"#),
      ("\u{7F}", #"\u007F"#), ("\u{9B}2J", #"\u009B2J"#), ("\u{85}", #"\u0085"#),
      ("a\u{2028}b\u{2029}", #"a\u2028b\u2029"#), ("\u{202E}abc\u{202C}", #"\u202Eabc\u202C"#),
      ("\u{2066}x\u{2069}", #"\u2066x\u2069"#), ("é\u{1B}漢", #"é\u001B漢"#),
    ])
  func commands(text: String, expected: String) {
    #expect(escaped(Array(text.utf8)) == expected)
  }

  @Test(
    "are shown as numbers where they are not UTF-8",
    arguments: [
      ([0x9B, 0x32, 0x4A], #"\x9B2J"#), ([0xFF, 0x41, 0xC3], #"\xFFA\xC3"#), ([0xE6, 0xBC], #"\xE6\xBC"#),
      // An overlong ESC, in two bytes. A surrogate. A C1 character in a broken sequence.
      ([0xC0, 0x9B], #"\xC0\x9B"#), ([0xED, 0xA0, 0x80], #"\xED\xA0\x80"#),
      ([0xE6, 0x9B, 0x1B, 0xC3, 0xA9], #"\xE6\x9B\u001Bé"#),
    ] as [([UInt8], String)])
  func bytes(bytes: [UInt8], expected: String) {
    #expect(escaped(bytes) == expected)
  }

  @Test("never contain a control character, whatever they are")
  func all() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      let bytes = (0..<50).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let result = TerminalText.escaped(bytes)
      let text = String(validating: result, as: UTF8.self)
      #expect(text != nil, "\(bytes)")
      let controls = text?.unicodeScalars.filter { $0.properties.generalCategory == .control } ?? []
      #expect(controls.allSatisfy { $0 == "\n" || $0 == "\t" }, "\(bytes)")
    }
  }
}
