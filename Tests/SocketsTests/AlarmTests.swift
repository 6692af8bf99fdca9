import Testing

@testable import Sockets

@Suite("An alarm")
struct AlarmTests {
  private static let patienceMilliseconds: Int32 = 30_000

  @Test("is ready from its time on, not before, until it is set again")
  func time() throws {
    let alarm = try Alarm()
    for _ in 0..<2 {
      let time = SystemClock.monotonicMilliseconds() + 20
      alarm.set(toMilliseconds: time)
      #expect(try alarm.descriptor.wait(for: .readable, milliseconds: Self.patienceMilliseconds))
      #expect(SystemClock.monotonicMilliseconds() >= time)
      #expect(try alarm.descriptor.wait(for: .readable, milliseconds: 0))
      alarm.set(toMilliseconds: SystemClock.monotonicMilliseconds() + 3_600_000)
      #expect(try !alarm.descriptor.wait(for: .readable, milliseconds: 0))
    }
  }

  @Test("is ready at once if the time has passed", arguments: [-1, 0, 1])
  func past(time: Int64) throws {
    let alarm = try Alarm()
    alarm.set(toMilliseconds: time)
    #expect(try alarm.descriptor.wait(for: .readable, milliseconds: Self.patienceMilliseconds))
  }

  @Test("is never ready if it is not set")
  func never() throws {
    let alarm = try Alarm()
    #expect(try !alarm.descriptor.wait(for: .readable, milliseconds: 0))
    alarm.set(toMilliseconds: 1)
    alarm.set(toMilliseconds: nil)
    #expect(try !alarm.descriptor.wait(for: .readable, milliseconds: 0))
  }
}
