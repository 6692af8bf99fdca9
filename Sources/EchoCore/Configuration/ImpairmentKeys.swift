extension Impairment: Keyed {
  static let keys: [Key<Impairment>] = [
    Key(
      "seed", \.seed, ValueKind.seed.optional,
      """
      Decides what happens to which message. If it is left out, echod picks one at random when it starts, and logs it.
      """),
    Key(
      "lossPercent", for: .udp, \.lossPercent, ValueKind.percent.optional,
      "UDP: the percentage of replies that are not sent."),
    Key(
      "duplicatePercent", for: .udp, \.duplicatePercent, ValueKind.percent.optional,
      "UDP: the percentage of replies that are sent twice."),
    Key(
      "corruptPercent", for: .udp, \.corruptPercent, ValueKind.percent.optional,
      "UDP: the percentage of replies in which one bit is flipped."),
    Key(
      "reorderPercent", for: .udp, \.reorderPercent, ValueKind.percent.optional,
      "UDP: the percentage of replies that are sent at once while others wait; it needs delayMilliseconds."),
    Key(
      "delayMilliseconds", \.delayMilliseconds, .delay,
      """
      How long replies wait. Over TCP they stay in order, and a connection is not read while its reply waits.
      """),
    Key(
      "jitterMilliseconds", \.jitterMilliseconds, .delay,
      """
      By how much the delay varies in either direction, evenly distributed; at most delayMilliseconds.
      """),
    Key(
      "bytesPerSecond", \.bytesPerSecond,
      ValueKind.integer("a number of bytes a second", in: 1...Limits.rate).optional,
      """
      How fast the replies to one client or connection are sent. Over UDP a reply that would wait for more than a \
      second is dropped.
      """),
    Key(
      "closeAfterBytes", for: .tcp, \.closeAfterBytes, .replyBytes,
      "TCP: how many bytes of replies are sent before the connection is closed."),
    Key(
      "resetAfterBytes", for: .tcp, \.resetAfterBytes, .replyBytes,
      """
      TCP: how many bytes of replies are sent before the connection is reset. Beside closeAfterBytes, the smaller one \
      counts.
      """),
    Key(
      "sliceBytes", for: .tcp, \.sliceBytes, ValueKind.integer("a number of bytes", in: 1...65_536).optional,
      "TCP: replies are sent in pieces of this size, with TCP_NODELAY."),
  ]
}

extension ValueKind where Value == Impairment {
  static let impairment = object("an impairment or null", "An impairment.") { reader, object, value, failed in
    let delay = value.delayMilliseconds ?? 0
    var isRight = true
    func check(_ key: String, _ isSound: Bool, _ message: String) {
      guard !isSound, failed.isDisjoint(with: [key, "delayMilliseconds"]) else { return }
      reader.report(object.path(of: key), message)
      isRight = false
    }
    let jitter = value.jitterMilliseconds ?? 0
    check(
      "jitterMilliseconds", jitter <= delay,
      value.delayMilliseconds == nil
        ? "jitter needs a delay that is at least as long; add \"delayMilliseconds\""
        : "\(jitter) is longer than the delay (\(delay)), so some delays would be negative")
    check(
      "reorderPercent", (value.reorderPercent ?? 0) == 0 || delay > 0,
      "replies are only reordered while others wait; add \"delayMilliseconds\"")
    return isRight
  }
}

extension ValueKind where Value == Int? {
  fileprivate static let delay = ValueKind<Int>.integer("a time in milliseconds", in: 0...60_000).optional
  fileprivate static let replyBytes = ValueKind<Int>.integer("a number of bytes", in: 1...1_000_000_000_000)
    .optional
}

extension ValueKind where Value == UInt32 {
  fileprivate static let seed: ValueKind = {
    let number = ValueKind<Int>.integer("a seed", in: 0...Int(UInt32.max))
    return ValueKind(
      schema: number.schema, read: { number.read(&$0, $1).map(UInt32.init) }, write: { .integer(Int($0)) })
  }()
}
