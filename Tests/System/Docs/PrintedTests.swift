import Testing

@Suite("What a page says that a command prints")
struct PrintedTests {
  @Test("is the lines as they are, but for the number of spaces")
  func lines() {
    #expect(Printed.matches("a  b\n\tc\n", ["a b", "c"]))
    #expect(Printed.matches("", []))
    #expect(!Printed.matches("a b\nc\n", ["a b"]))
    #expect(!Printed.matches("a b\n", ["a b", "c"]))
    #expect(!Printed.matches("ab\n", ["a b"]))
  }

  @Test("leaves out lines where the page has three dots on a line of their own")
  func lineGaps() {
    #expect(Printed.matches("a\nb\nc\nd\n", ["...", "b", "...", "d"]))
    #expect(Printed.matches("a\nb\n", ["a", "...", "b", "..."]))
    #expect(!Printed.matches("a\nb\nc\n", ["a", "...", "b"]))
    #expect(!Printed.matches("a\nb\nc\n", ["b", "..."]))
    #expect(!Printed.matches("a\nb\nc\n", ["...", "c", "...", "b", "..."]))
    #expect(!Printed.matches("a\n", ["a", "...", "a"]))
  }

  @Test("leaves out a part of a line where the page has three dots in it")
  func gaps() {
    #expect(Printed.matches(line: "from 192.0.2.9:40000 to us", "from 192.0.2.9:... to us"))
    #expect(Printed.matches(line: "\"denied\": 1,", "\"denied\": ...,"))
    #expect(!Printed.matches(line: "from 192.0.2.8:40000 to us", "from 192.0.2.9:... to us"))
    #expect(!Printed.matches(line: "\"denied\": 1", "\"denied\": ...,"))
  }
}
