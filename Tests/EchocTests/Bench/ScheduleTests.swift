import Testing

@testable import echoc

@Suite("A schedule")
struct ScheduleTests {
  @Test(
    "has each message due at its own time and none before",
    arguments: [1, 3, 7, 1000, 999_983, 10_000_000])
  func times(rate: Int) {
    let schedule = Schedule(perSecond: rate, seconds: 2)
    #expect(schedule.total == 2 * rate)
    for message in [0, 1, 2, rate - 1, rate, 2 * rate - 1] where message < schedule.total {
      let time = schedule.time(of: message)
      #expect(schedule.due(at: time) > message)
      #expect(schedule.due(at: time - 1) <= message)
      #expect(abs(Double(time) - Double(message) * 1e9 / Double(rate)) <= 1)
    }
  }

  @Test("has nothing due before it begins, and all after it ended")
  func ends() {
    let schedule = Schedule(perSecond: 10, seconds: 1)
    #expect(schedule.due(at: -1) == 0 && schedule.due(at: 0) == 1)
    #expect(schedule.due(at: 899_999_999) == 9 && schedule.due(at: 900_000_000) == 10)
    #expect(schedule.due(at: .max / 2) == 10)
  }

  @Test("gives the connections their messages in turn, each to one connection")
  func shares() {
    for count in 0...10 {
      var messages: Set<Int> = []
      for connection in 0..<3 {
        let share = Schedule.share(of: connection, among: 3, ofFirst: count)
        for own in 0..<share { messages.insert(Schedule.message(own, of: connection, among: 3)) }
      }
      #expect(messages == Set(0..<count))
    }
  }
}
