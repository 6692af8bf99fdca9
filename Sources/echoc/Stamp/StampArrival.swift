/// A datagram that came.
struct StampArrival {
  var bytes: ArraySlice<UInt8>
  /// The clocks when it was taken.
  var taken: ClockReading
  /// When the kernel received it; `nil` if that was not reported.
  var kernelTime: Int64?
  /// The traffic class that it came with; `nil` if that was not reported.
  var trafficClass: UInt8?
}

extension StampArrival {
  /// How long before it was taken the kernel received it; `nil` if that is not known, or if the clock was set meanwhile.
  var kernelDelay: Int64? {
    guard let kernelTime else { return nil }
    let delay = taken.epoch &- kernelTime
    return (0...1_000_000_000).contains(delay) ? delay : nil
  }
}
