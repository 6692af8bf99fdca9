@testable import EchoServer
import Sockets
import Testing

@Suite("The time of the start")
struct StartTimeTests {
  private static let second: Int64 = 1_000_000_000

  @Test("is now, at first")
  func start() {
    let before = SystemClock.secondsSinceEpoch()
    var start = StartTime()
    #expect((before...before + 1).contains(start.secondsSinceEpoch()))
    #expect((0..<1).contains(start.uptimeSeconds))
  }

  @Test("can be in the past")
  func past() {
    var start = StartTime(sinceBoot: SystemClock.bootNanoseconds() - 100 * Self.second)
    #expect((100..<200).contains(start.uptimeSeconds))
    let now = SystemClock.epochNanoseconds()
    #expect((100 * Self.second..<200 * Self.second).contains(now - start.nanosecondsSinceEpoch(now: now)))
  }

  @Test("follows a correction of the clock", arguments: [-3600, -1, 1, 86_400 * 365 * 50])
  func correction(seconds: Int) {
    var start = StartTime()
    let now = SystemClock.epochNanoseconds()
    let before = start.secondsSinceEpoch(now: now)
    let after = start.secondsSinceEpoch(now: now + Int64(seconds) * Self.second)
    #expect(abs(after - before - seconds) <= 1)
  }

  @Test("does not change with the moment at which it is asked for")
  func stability() {
    var start = StartTime()
    let now = SystemClock.epochNanoseconds()
    // The last nanosecond of a second and the first of the next.
    let edge = (now / Self.second + 1) * Self.second
    let first = start.secondsSinceEpoch(now: edge - 1)
    #expect(start.secondsSinceEpoch(now: edge + 20_000_000) == first)
  }
}
