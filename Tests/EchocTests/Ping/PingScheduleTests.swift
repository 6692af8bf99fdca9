import Testing

@testable import echoc

@Suite("A ping's schedule")
struct PingScheduleTests {
  private typealias Progress = PingSchedule.Progress

  @Test("sends a message each interval, and skips those that were missed")
  func interval() {
    let desk = Desk { $0.interval = 10 }
    #expect(desk.isDue(Progress(0, 0), at: 0))
    desk.send(Progress(0, 0), at: 1)
    #expect(!desk.isDue(Progress(1, 1), at: 9) && desk.schedule.nextTurn(Progress(1, 1), at: 9) == 10)
    #expect(desk.isDue(Progress(1, 1), at: 10))
    desk.send(Progress(1, 1), at: 55)
    #expect(desk.isDue(Progress(2, 2), at: 55))
    desk.send(Progress(2, 2), at: 55)
    #expect(!desk.isDue(Progress(3, 2), at: 64) && desk.isDue(Progress(3, 2), at: 65))
  }

  @Test("ends when all messages have their replies, or the timeout after the last one")
  func count() {
    let desk = Desk {
      ($0.count, $0.interval, $0.timeout) = (2, 10, 100)
    }
    desk.send(Progress(0, 0), at: 0)
    #expect(!desk.schedule.isOver(Progress(1, 1, isDone: true), at: 5))
    desk.send(Progress(1, 1), at: 10)
    #expect(!desk.isDue(Progress(2, 1), at: 20))
    #expect(!desk.schedule.isOver(Progress(2, 1), at: 109) && desk.schedule.isOver(Progress(2, 1), at: 110))
    #expect(desk.schedule.isOver(Progress(2, 2, isDone: true), at: 11))
  }

  @Test("ends at the deadline, whatever has been sent and received")
  func deadline() {
    let desk = Desk {
      ($0.interval, $0.deadline) = (10, 15)
    }
    desk.send(Progress(0, 0), at: 0)
    #expect(!desk.schedule.isOver(Progress(1, 0), at: 14) && desk.schedule.isOver(Progress(1, 1), at: 15))
    desk.send(Progress(1, 0), at: 10)
    #expect(desk.schedule.nextTurn(Progress(2, 0), at: 11) == 15)
  }

  @Test("with a deadline sends until the wanted number has been answered")
  func answered() {
    let desk = Desk {
      ($0.count, $0.interval, $0.deadline) = (1, 10, 100)
    }
    desk.send(Progress(0, 0), at: 0)
    #expect(!desk.schedule.isOver(Progress(1, 0, isDone: true), at: 9) && desk.isDue(Progress(1, 0), at: 10))
    #expect(desk.schedule.isOver(Progress(2, 1), at: 20) && !desk.isDue(Progress(2, 1), at: 20))
  }

  @Test("of a flood sends at each reply, and after the interval without one")
  func flood() {
    let desk = Desk {
      ($0.isFlood, $0.interval) = (true, 10)
    }
    desk.send(Progress(0, 0), at: 0)
    #expect(!desk.isDue(Progress(1, 0), at: 9) && desk.isDue(Progress(1, 1), at: 1))
    desk.send(Progress(1, 1), at: 1)
    #expect(!desk.isDue(Progress(2, 1), at: 10) && desk.isDue(Progress(2, 1), at: 11))
  }

  @Test("waits until a message may be sent, but no longer than for its reply")
  func busy() {
    let desk = Desk {
      ($0.interval, $0.timeout) = (10, 100_000_000)
    }
    desk.send(Progress(0, 0), at: 0)
    let progress = Progress(1, 0, canSend: false)
    #expect(!desk.isDue(progress, at: 20) && desk.schedule.nextTurn(progress, at: 20) == 100_000_000)
    #expect(desk.schedule.nextTurn(progress, at: 100_000_000) > 100_000_000)
  }

  /// A schedule that began at 0.
  private final class Desk {
    var schedule: PingSchedule

    init(_ change: (inout PingPlan) -> Void) {
      var plan = PingPlan()
      change(&plan)
      schedule = PingSchedule(plan, at: 0)
    }

    func isDue(_ progress: Progress, at now: Int64) -> Bool { schedule.isDue(progress, at: now) }

    func send(_ progress: Progress, at now: Int64) { schedule.sent(progress, at: now) }
  }
}

extension PingSchedule.Progress {
  fileprivate init(_ sent: Int, _ received: Int, canSend: Bool = true, isDone: Bool = false) {
    self.init(sent: sent, received: received, canSend: canSend, isDone: isDone)
  }
}
