/// How a listener with the service `stamp` answers: the key `stamp`.
public struct StampConfiguration: Hashable, Sendable {
  /// Whether it numbers the replies of each session, so that the sender can tell in which direction messages were lost.
  public var isStateful = true
  /// The format of its timestamps.
  public var timestamps = StampTimeFormat.ntp

  /// The defaults.
  public init() {}
}

extension StampConfiguration: Keyed {
  static let keys: [Key<StampConfiguration>] = [
    Key(
      "stateful", \.isStateful, .bool,
      """
      Whether echod numbers the replies of each session, so that the sender can tell in which direction messages were \
      lost. Otherwise replies have the sender's numbers, and no sessions are kept.
      """),
    Key(
      "timestamps", \.timestamps, .word("a timestamp format"),
      "The format of timestamps in replies: NTP, or PTP (the truncated format of RFC 8186)."),
  ]
}

extension ValueKind where Value == StampConfiguration {
  static let stamp = object("a STAMP setting")
}

extension ListenerConfiguration {
  /// The schema's rule that only a listener with the service `stamp` has its key.
  static let stampRule: JSONValue = [
    "if": ["required": ["stamp"]],
    "then": [
      "properties": ["service": ["const": .string(Service.stamp.name)]], "required": ["service"],
    ],
  ]
}

extension ConfigurationReader {
  /// Reports the key of another service's listener, and a reflector that could answer another one endlessly.
  mutating func reportWrongStamp(of draft: ListenerDraft, failed: Set<String>) {
    let values = draft.values
    guard !failed.contains("service"), values.transport == .udp else { return }
    guard values.service == Service.stamp.name else {
      guard let stamp = draft.object["stamp"] else { return }
      return report(
        stamp.path,
        "this key is for the service \(Service.stamp.name), but the listener's service is \(values.service)")
    }
    let limits = ["answerLowPorts", "rateLimit", "totalRateLimit", "allow"]
    guard failed.isDisjoint(with: limits), values.answerLowPorts, values.rateLimit == nil,
      values.totalRateLimit == nil
    else { return }
    report(
      draft.object.path(of: "answerLowPorts"),
      "two reflectors could answer each other endlessly; add a \"rateLimit\" or a \"totalRateLimit\"")
  }
}
