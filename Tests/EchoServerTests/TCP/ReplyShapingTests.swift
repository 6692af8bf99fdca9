import EchoCore
import Testing

@testable import EchoServer

@Suite("What is done to a reply")
struct ReplyShapingTests {
  /// Five seconds of the monotonic clock, in nanoseconds.
  private let now: Int64 = 5_000_000_000

  /// A connection's reply that is ready now.
  private func begun() -> ReplyShaping {
    let shaping = ReplyShaping()
    shaping.begin(readyAt: now)
    return shaping
  }

  private func impairment(_ change: (inout Impairment) -> Void) -> Impairment {
    var impairment = Impairment()
    change(&impairment)
    return impairment
  }

  @Test(
    "cuts it where the connection has sent enough, and ends the connection there",
    arguments: [(0, 9, 9, nil), (0, 10, 10, false), (0, 11, 10, true), (4, 7, 6, true), (30, 5, 0, true)]
      as [(UInt64, Int, Int, Bool?)])
  func cut(sent: UInt64, reply: Int, left: Int, isCut: Bool?) {
    let shaping = begun()
    let count = shaping.cut(reply, by: impairment { $0.closeAfterBytes = 10 }, after: sent)
    #expect(count == left)
    #expect(shaping.ending == (isCut == nil ? nil : .closed) && shaping.isCut == (isCut ?? false))
  }

  @Test(
    "follows the smaller of the two limits, and ends rather than resets if they are equal",
    arguments: [
      (nil, nil, nil), (10, nil, .closed), (nil, 10, .reset), (10, 20, .closed), (20, 10, .reset),
      (10, 10, .closed),
    ] as [(Int?, Int?, ReplyShaping.Ending?)])
  func smallerLimit(close: Int?, reset: Int?, ending: ReplyShaping.Ending?) {
    let shaping = begun()
    let limits = impairment { ($0.closeAfterBytes, $0.resetAfterBytes) = (close, reset) }
    let count = shaping.cut(100, by: limits, after: 0)
    #expect(count == (ending == nil ? 100 : 10) && shaping.ending == ending)
  }

  @Test("forgets it with the next one")
  func begin() {
    let shaping = begun()
    _ = shaping.cut(100, by: impairment { $0.closeAfterBytes = 10 }, after: 0)
    shaping.begin(readyAt: now)
    #expect(shaping.ending == nil && !shaping.isCut)
  }

  @Test("lets all of it go at once without a delay or a pace")
  func atOnce() {
    let shaping = begun()
    let isSent = shaping.takesAtOnce(1_000_000, bytesPerSecond: nil, at: now)
    #expect(isSent)
  }

  @Test("waits for its delay, which is never shorter than it should be")
  func delay() {
    let shaping = ReplyShaping()
    shaping.begin(readyAt: now + 1_000_001)
    let isSent = shaping.takesAtOnce(1, bytesPerSecond: nil, at: now)
    #expect(!isSent)
    let early = shaping.next(of: 1, bytesPerSecond: nil, at: now)
    #expect(early == .wait(until: 5002, isForLine: false))
    let due = shaping.next(of: 1, bytesPerSecond: nil, at: now + 2_000_000)
    #expect(due == .send(1))
  }

  @Test("lets it go in portions of 20 ms, the last byte when its time on the line is over")
  func portions() {
    let shaping = begun()
    let isSent = shaping.takesAtOnce(50, bytesPerSecond: 1000, at: now)
    #expect(!isSent)
    var steps: [ReplyShaping.Next] = []
    for milliseconds in [0, 20, 20, 39, 40, 40, 50] as [Int64] {
      let left = 50 - steps.reduce(0) { if case .send(let count) = $1 { $0 + count } else { $0 } }
      steps.append(shaping.next(of: left, bytesPerSecond: 1000, at: now + milliseconds * 1_000_000))
    }
    #expect(
      steps == [
        .wait(until: 5020, isForLine: true), .send(20), .wait(until: 5040, isForLine: true),
        .wait(until: 5040, isForLine: true), .send(20), .wait(until: 5050, isForLine: true), .send(10),
      ])
  }

  @Test("sends a byte at a time when the line is slower than a byte in 20 ms")
  func slowLine() {
    let shaping = begun()
    let first = shaping.next(of: 2, bytesPerSecond: 4, at: now)
    #expect(first == .wait(until: 5250, isForLine: true))
    let second = shaping.next(of: 2, bytesPerSecond: 4, at: now + 250_000_000)
    #expect(second == .send(1))
  }

  @Test("leaves out waits of less than a millisecond, but not their sum")
  func shortWaits() {
    let shaping = begun()
    var sent = 0
    // A byte takes 0.1 ms.
    while shaping.takesAtOnce(1, bytesPerSecond: 10_000, at: now) {
      sent += 1
      shaping.begin(readyAt: now)
    }
    #expect(sent == 9)
    let next = shaping.next(of: 1, bytesPerSecond: 10_000, at: now)
    #expect(next == .wait(until: 5001, isForLine: true))
  }

  @Test("catches up when a portion is late, but not on a client that did not read for long")
  func late() {
    let shaping = begun()
    _ = shaping.next(of: 1000, bytesPerSecond: 1000, at: now)
    let late = shaping.next(of: 1000, bytesPerSecond: 1000, at: now + 70_000_000)
    #expect(late == .send(60))
    let much = shaping.next(of: 940, bytesPerSecond: 1000, at: now + 600_000_000)
    // The portion that was on the line, and the last 100 ms.
    #expect(much == .send(120))
  }

  @Test("lets the rest go at once when the pace is gone")
  func noPace() {
    let shaping = begun()
    _ = shaping.next(of: 1000, bytesPerSecond: 1, at: now)
    let next = shaping.next(of: 1000, bytesPerSecond: nil, at: now)
    #expect(next == .send(1000))
  }

  @Test("needs nothing but its delay when nothing of it may be sent", arguments: [nil, 5] as [Int?])
  func nothing(bytesPerSecond: Int?) {
    let next = begun().next(of: 0, bytesPerSecond: bytesPerSecond, at: now)
    #expect(next == .send(0))
  }
}
