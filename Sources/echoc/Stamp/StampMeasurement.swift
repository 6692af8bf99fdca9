import EchoCore

/// What one correct reply shows. Times are nanoseconds.
struct StampMeasurement: Hashable {
  /// The message, from 1.
  var message: Int
  /// The round trip without the reflector's own time.
  var roundTrip: Int64
  /// How long the reflector took.
  var reflectorTime: Int64
  /// By how much the TTL or hop limit of the request had decreased; `nil` if the reflector does not report it.
  var hops: Int?
  /// The one-way times; `nil` if the clocks may differ.
  var there: Int64?
  var back: Int64?
  /// The reflector's own number.
  var reflectorSequence: UInt32
  /// Whether it is a further reply to the message.
  var isDuplicate = false
  /// Whether a later message was answered before.
  var isReordered = false
}

/// What a datagram from the reflector is.
enum StampVerdict: Hashable {
  /// A correct reply.
  case reply(StampMeasurement)
  /// A wrong one, and its message if that is known.
  case wrong(Int?, StampFault)
}

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
