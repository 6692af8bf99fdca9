import Testing

@testable import EchoServer

@Suite("The rule of busy polling")
struct BusyPollTests {
  private static let microsecond: Int64 = 1000

  /// A queue that does nothing but look and sleep, on a clock of its own.
  private struct Clock {
    var poll: BusyPoll
    var now: Int64 = 0
    /// How long it looked and found nothing, and how often it looked.
    private(set) var inVain: Int64 = 0
    private(set) var looks = 0
    private(set) var finds = 0

    init(limitMicroseconds: Int) { poll = BusyPoll(limitMicroseconds: limitMicroseconds) }

    /// Serves one message after another, each after one of the gaps.
    mutating func serve(gaps: [Int64]) {
      for gap in gaps {
        let next = now + gap
        guard let end = poll.endOfLook(at: now) else {
          now = next
          continue
        }
        looks += 1
        if next <= end { finds += 1 } else { inVain += end - now }
        poll.note(next <= end ? .find : .nothing, from: now, to: min(next, end))
        now = next
      }
    }
  }

  @Test("looks for as long as the key says, from the first message on")
  func limit() {
    for limit in [1, 200, 1000] {
      #expect(BusyPoll(limitMicroseconds: limit).endOfLook(at: 5_000_000) == 5_000_000 + Int64(limit) * 1000)
    }
  }

  @Test("never looks if the key is 0")
  func off() {
    var clock = Clock(limitMicroseconds: 0)
    clock.serve(gaps: Array(repeating: 1, count: 1000))
    #expect(clock.looks == 0)
  }

  @Test("looks before every sleep while messages come that fast")
  func fast() {
    var clock = Clock(limitMicroseconds: 200)
    clock.serve(gaps: Array(repeating: 200 * Self.microsecond, count: 100_000))
    #expect(clock.finds == 100_000 && clock.inVain == 0)
  }

  @Test(
    "takes less than 1 % of a processor if they do not, however slow the client is",
    arguments: [1, 50, 200, 1000], [Int64(101), 110, 200, 1000, 100_000, 10_000_000])
  func slow(limit: Int, percent: Int64) {
    var clock = Clock(limitMicroseconds: limit)
    let gap = Int64(limit) * Self.microsecond * percent / 100
    clock.serve(gaps: Array(repeating: gap, count: 100_000))
    #expect(clock.finds == 0 && clock.looks > 0)
    #expect(clock.inVain * 100 < clock.now)
  }

  @Test("takes less than 1 % if a few messages come at once and then none for a while")
  func bursts() {
    var clock = Clock(limitMicroseconds: 1000)
    let burst = Array(repeating: 10 * Self.microsecond, count: BusyPoll.forgivingFinds - 1)
    for _ in 0..<1000 { clock.serve(gaps: burst + [5000 * Self.microsecond]) }
    #expect(clock.inVain * 100 < clock.now)
  }

  @Test("rests after a look that found nothing, and then looks again")
  func rest() throws {
    var poll = BusyPoll(limitMicroseconds: 200)
    poll.note(.nothing, from: 1000, to: 201_000)
    let end = 201_000 + 200_000 * BusyPoll.restFactor
    #expect(poll.endOfLook(at: 201_000) == nil)
    #expect(poll.endOfLook(at: end - 1) == nil)
    #expect(poll.endOfLook(at: end) == end + 200_000)
  }

  @Test("rests for less after a look that a timer or other work cut short")
  func cutShort() {
    var poll = BusyPoll(limitMicroseconds: 1000)
    poll.note(.nothing, from: 0, to: 500)
    #expect(poll.endOfLook(at: 500 + 500 * BusyPoll.restFactor) != nil)
  }

  @Test("does not rest longer if the look lost its processor meanwhile")
  func preemption() {
    var poll = BusyPoll(limitMicroseconds: 10)
    poll.note(.nothing, from: 0, to: 5_000_000)
    #expect(poll.endOfLook(at: 5_000_000 + 10_000 * BusyPoll.restFactor) != nil)
  }

  @Test("forgives a fast client one pause, but not two")
  func forgiveness() {
    for (finds, isForgiven) in [(BusyPoll.forgivingFinds - 1, false), (BusyPoll.forgivingFinds, true)] {
      var poll = BusyPoll(limitMicroseconds: 200)
      for _ in 0..<finds { poll.note(.find, from: 0, to: 1000) }
      poll.note(.nothing, from: 0, to: 200_000)
      #expect((poll.endOfLook(at: 200_000) != nil) == isForgiven)
      poll.note(.nothing, from: 200_000, to: 400_000)
      #expect(poll.endOfLook(at: 400_000) == nil)
    }
  }
}
