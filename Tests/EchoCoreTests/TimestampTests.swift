import EchoCore
import Glibc
import Testing

@Suite("A time as text")
struct TimestampTests {
  @Test(
    "is a date and a time in UTC",
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"),
      (951_782_400, "2000-02-29T00:00:00Z"),
      (951_868_800, "2000-03-01T00:00:00Z"), (1_795_365_780, "2026-11-22T16:43:00Z"),
      (4_107_542_399, "2100-02-28T23:59:59Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
      (253_402_300_799, "9999-12-31T23:59:59Z"),
    ])
  func known(seconds: Int, text: String) {
    #expect(Timestamp.text(secondsSince1970: seconds) == text)
  }

  @Test("is what gmtime(3) says, for a whole leap cycle")
  func leapCycle() throws {
    for seconds in stride(from: 0, to: 430 * 366 * 86_400, by: 59 * 86_400 + 3_661) {
      var (time, parts) = (time_t(seconds), tm())
      var buffer = [CChar](repeating: 0, count: 64)
      _ = try #require(gmtime_r(&time, &parts))
      func isSame(_ text: String, as format: String) {
        let count = strftime(&buffer, buffer.count, format, &parts)
        let expected = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
        // Only failures are worth an entry in the report.
        if text != expected { Issue.record("\(seconds): \(text) is not \(expected)") }
      }
      isSame(Timestamp.text(secondsSince1970: seconds), as: "%Y-%m-%dT%H:%M:%SZ")
      isSame(Timestamp.httpDate(secondsSince1970: seconds), as: "%a, %d %b %Y %H:%M:%S GMT")
    }
  }

  @Test(
    "is an HTTP date, as in RFC 9110",
    arguments: [
      (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
      (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (-1, "Thu, 01 Jan 1970 00:00:00 GMT"),
      (Int.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ])
  func httpDate(seconds: Int, text: String) {
    #expect(Timestamp.httpDate(secondsSince1970: seconds) == text)
  }

  @Test(
    "is clamped to four digits of the year",
    arguments: [
      (-1, "1970-01-01T00:00:00Z"), (Int.min, "1970-01-01T00:00:00Z"), (Int.max, "9999-12-31T23:59:59Z"),
    ])
  func bounds(seconds: Int, text: String) {
    #expect(Timestamp.text(secondsSince1970: seconds) == text)
  }
}
