/// Notices when the time of day is set.
struct ClockSteps {
  /// The smallest step that counts. A smaller one can be a pause between two readings.
  static let leastNanoseconds: Int64 = 1_000_000

  /// ``ClockReading/offset`` of the first reading.
  private(set) var firstOffset: Int64?
  private var lastOffset: Int64 = 0
  /// The largest difference from what the clock would be if it had not been set since the first reading.
  private(set) var largest: Int64 = 0

  /// Takes a reading, and returns whether the clock was set since the one before.
  @discardableResult
  mutating func note(_ reading: ClockReading) -> Bool {
    guard let firstOffset else {
      (self.firstOffset, lastOffset) = (reading.offset, reading.offset)
      return false
    }
    let step = reading.offset &- firstOffset
    if step.magnitude >= Self.leastNanoseconds, step.magnitude > largest.magnitude { largest = step }
    defer { lastOffset = reading.offset }
    return (reading.offset &- lastOffset).magnitude >= Self.leastNanoseconds
  }
}
