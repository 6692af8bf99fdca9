/// How a listener with the service `stamp` answers: the key `stamp`.
public struct StampConfiguration: Hashable, Sendable {
  /// Whether it counts the replies of each session, so that the sender can tell in which direction messages were lost.
  public var isStateful = true
  /// How it writes the time.
  public var timestamps = StampTimeFormat.ntp

  /// The defaults.
  public init() {}
}

extension StampConfiguration: Keyed {
  static let keys: [Key<StampConfiguration>] = [
    Key(
      "stateful", \.isStateful, .bool,
      """
      Whether the replies of each session are numbered by echod, so that the sender can tell in which direction messages \
      were lost. Otherwise replies have the sender's numbers, and no sessions are kept.
      """),
    Key(
      "timestamps", \.timestamps, .word("a format of time stamps"),
      "How replies write the time: in the format of NTP, or of PTP (the truncated one of RFC 8186)."),
  ]
}

extension ValueKind where Value == StampConfiguration {
  static let stamp = object("a STAMP setting")
}
