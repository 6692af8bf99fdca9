import Testing

@testable import echoc

@Suite("Colors")
struct PaletteTests {
  @Test(
    "are used on a terminal that can show them, unless NO_COLOR is set and not empty",
    arguments: [
      (nil, "xterm", true), ("", "xterm", true), ("1", "xterm", false), ("0", "xterm", false),
      (nil, "dumb", false),
      (nil, nil, false), (nil, "", false),
    ] as [(String?, String?, Bool)])
  func environment(noColor: String?, terminal: String?, isWanted: Bool) {
    #expect(Palette.isWanted(noColor: noColor, terminal) == isWanted)
  }

  @Test("end with the text, and are not used for nothing")
  func paint() {
    #expect(Palette(isOn: true).paint("late", .red) == "\u{1B}[31mlate\u{1B}[0m")
    #expect(Palette(isOn: true).paint("", .red) == "" && Palette(isOn: false).paint("late", .red) == "late")
  }
}
