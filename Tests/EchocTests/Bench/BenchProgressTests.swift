import Testing

@testable import echoc

@Suite("The progress of a bench run")
struct BenchProgressTests {
  @Test("says how much time is left, and how fast the run was so far")
  func line() {
    var measurement = Measurement()
    measurement.answered = 30_000
    #expect(
      BenchProgress.line(measurement, elapsed: 3_000_000_000, left: 57_020_000_000)
        == "57 s left, 10000 messages/s")
  }

  @Test("says what went wrong, and when only replies are outstanding")
  func trouble() {
    var measurement = Measurement()
    (measurement.wrong, measurement.lost) = (1, 2)
    #expect(
      BenchProgress.line(measurement, elapsed: 10_000_000_000, left: 0)
        == "waiting for the last replies, 0 messages/s, 1 wrong, 2 lost")
  }
}
