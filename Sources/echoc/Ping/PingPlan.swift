import Sockets

/// What one run of `echoc ping` is to do. Times are nanoseconds.
struct PingPlan: Hashable, Sendable {
  /// What standard output gets.
  enum Output: Hashable, Sendable {
    /// The first line, a line for each reply, and the summary.
    case lines
    /// The first line, a dot for each message that has no reply yet, and the summary.
    case dots
    /// The first line and the summary.
    case quiet
    /// The summary as a JSON object.
    case json
    /// A JSON object for each reply and one for the summary, each on one line.
    case jsonLines
    /// The summary as a JSON object on one line.
    case jsonSummary

    /// Whether it is for programs.
    var isJSON: Bool { self == .json || hasOneObjectPerLine }
    /// Whether each JSON object is on one line.
    var hasOneObjectPerLine: Bool { self == .jsonLines || self == .jsonSummary }
  }

  /// How many messages are sent; 0 for no limit.
  var count = 0
  /// The time from one message to the next; in a flood, the longest.
  var interval: Int64 = 1_000_000_000
  /// How long to wait for the last replies; over TCP, for each reply.
  var timeout: Int64 = 5_000_000_000
  /// How long the run takes at most, whatever was sent or received; `nil` for no limit.
  var deadline: Int64?
  /// How many bytes a message has.
  var messageBytes = 56
  /// The options of the packets.
  var packets = PacketOptions()
  /// Whether the next message is sent as soon as a reply arrives.
  var isFlood = false
  var output = Output.lines
  /// Whether the time of day is printed before each line.
  var showsTimeOfDay = false
  /// Whether the summary is followed by a histogram of the round trips.
  var showsHistogram = false

  /// Fewer replies are a failure. As in ping(8), with a count and a deadline each message needs one.
  var leastReplies: Int { deadline != nil && count > 0 ? count : 1 }
}
