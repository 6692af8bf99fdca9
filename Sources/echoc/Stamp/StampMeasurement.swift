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
