import Testing

@testable import echoc

@Suite("A number")
struct NumberFormatTests {
  @Test(
    "is rounded to the given digits",
    arguments: [
      (0, 0, "0"), (0.5, 0, "1"), (1.005, 1, "1.0"), (12.345, 2, "12.35"), (0.049, 1, "0.0"),
      (-1.26, 1, "-1.3"),
    ])
  func digits(number: Double, digits: Int, text: String) {
    #expect(number.text(digits: digits) == text)
  }

  @Test(
    "that is a duration has three digits and the unit that fits",
    arguments: [
      (0, "0 ns"), (999, "999 ns"), (1000, "1.00 µs"), (9994, "9.99 µs"), (9996, "10.0 µs"),
      (12_345, "12.3 µs"),
      (999_499, "999 µs"), (999_500, "1.00 ms"), (123_456_789, "123 ms"), (1_250_000_000, "1.25 s"),
      (3_600_000_000_000, "3600 s"),
    ])
  func durations(nanoseconds: Int64, text: String) {
    #expect(nanoseconds.durationText == text)
  }
}
