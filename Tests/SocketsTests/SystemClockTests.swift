import Glibc
import Sockets
import Testing

@Suite("The clocks")
struct SystemClockTests {
  @Test("do not go back")
  func clock() {
    var last = SystemClock.monotonicMicroseconds()
    for _ in 0..<10_000 {
      let now = SystemClock.monotonicMicroseconds()
      #expect(now >= last)
      last = now
    }
    let before = last / 1000
    let milliseconds = SystemClock.monotonicMilliseconds()
    #expect(milliseconds >= before && milliseconds <= SystemClock.monotonicMicroseconds() / 1000)
  }

  @Test("know the time of day")
  func timeOfDay() {
    let before = time(nil)
    let now = SystemClock.secondsSinceEpoch()
    #expect(before <= now && now <= time(nil))
  }

  @Test("say how accurate they are only if the kernel calls the time of day synchronized")
  func maximumError() {
    // At 16 seconds the kernel calls its clock unsynchronized.
    #expect((0...16_000_000).contains(SystemClock.maximumErrorMicroseconds() ?? 0))
  }
}
