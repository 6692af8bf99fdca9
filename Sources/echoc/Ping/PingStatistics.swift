/// Counts what a ping sent and received, and finds the message of each reply.
///
/// Messages are numbered from 1. A reply belongs to the newest unanswered message with its number; several messages have
/// it when they are too short for a whole number (``MessageNumber``). A further reply to a message is a duplicate. A late
/// reply counts as received like any other.
struct PingStatistics: PingCounts {
  /// How many messages are remembered; the number of an older one is unknown.
  static let memory = 16_384

  /// What a datagram is.
  enum Verdict: Hashable {
    /// The first reply to a message, and its round trip.
    case reply(Int, nanoseconds: Int64)
    /// A further reply to it.
    case duplicate(Int, nanoseconds: Int64)
    /// A wrong reply, and its message if that is known.
    case wrong(Int?, PingFault)
  }

  private struct Entry {
    var sentAt: Int64 = 0
    var isAnswered = false
  }

  /// Messages that were sent, or that could not be.
  private(set) var sent = 0
  /// Messages with a reply.
  private(set) var received = 0
  /// Further replies to them.
  private(set) var duplicates = 0
  /// Replies that were wrong.
  private(set) var wrong = 0
  /// Messages with an error instead of a reply.
  private(set) var errors = 0
  /// Replies that came after the reply to a later message.
  private(set) var reordered = 0
  /// The round trips.
  private(set) var latencies = Latencies()
  /// How much they vary.
  private(set) var spread = RoundTripSpread()
  private var newestAnswered = 0
  private var outages = PingOutages()
  private var entries = [Entry](repeating: Entry(), count: memory)

  /// Begins a message and returns its number. The oldest one is forgotten.
  mutating func begin(at now: Int64) -> Int {
    sent += 1
    let index = sent % Self.memory
    if sent > Self.memory {
      outages.add(sentAt: entries[index].sentAt, isAnswered: entries[index].isAnswered)
    }
    entries[index] = Entry(sentAt: now)
    return sent
  }

  /// The longest outage of a ping that ended at a time, in nanoseconds: see ``PingOutages``.
  func longestOutage(until end: Int64) -> Int64 {
    var outages = outages
    for message in stride(from: max(1, sent - Self.memory + 1), through: sent, by: 1) {
      let entry = entries[message % Self.memory]
      outages.add(sentAt: entry.sentAt, isAnswered: entry.isAnswered)
    }
    return outages.longest(until: end)
  }

  /// Starts the time of a message, again if it is sent again.
  mutating func start(_ message: Int, at now: Int64) { entries[message % Self.memory].sentAt = now }

  /// Counts an error instead of a reply.
  mutating func fail() { errors += 1 }

  /// Counts a wrong reply.
  mutating func refuse(_ fault: PingFault, to message: Int?) -> Verdict {
    wrong += 1
    return .wrong(message, fault)
  }

  /// Judges a reply to a known message.
  mutating func judge(
    _ reply: ArraySlice<UInt8>, to message: Int, of messages: borrowing PingMessages, at now: Int64
  ) -> Verdict {
    if let fault = messages.fault(in: reply, to: UInt32(truncatingIfNeeded: message)) {
      return refuse(fault, to: message)
    }
    let index = message % Self.memory
    let nanoseconds = now - entries[index].sentAt
    guard !entries[index].isAnswered else {
      duplicates += 1
      return .duplicate(message, nanoseconds: nanoseconds)
    }
    entries[index].isAnswered = true
    received += 1
    if message < newestAnswered { reordered += 1 }
    newestAnswered = max(newestAnswered, message)
    latencies.record(nanoseconds)
    spread.record(nanoseconds)
    return .reply(message, nanoseconds: nanoseconds)
  }

  /// Judges a datagram, and finds its message.
  mutating func judge(_ datagram: ArraySlice<UInt8>, of messages: borrowing PingMessages, at now: Int64)
    -> Verdict
  {
    guard datagram.count == messages.bytes else {
      return refuse(.length(datagram.count, expected: messages.bytes), to: nil)
    }
    guard let number = messages.number(in: datagram), let message = message(number, bytes: messages.bytes)
    else {
      return refuse(.unknownNumber, to: nil)
    }
    return judge(datagram, to: message, of: messages, at: now)
  }

  /// The newest unanswered message with a number, or else the newest one.
  private func message(_ number: UInt32, bytes: Int) -> Int? {
    let mask = MessageNumber.mask(forBytes: bytes)
    let distance = Int((UInt32(truncatingIfNeeded: sent) &- number) & mask)
    let remembered = max(1, sent - Self.memory + 1)
    let newest = sent - distance
    guard newest >= remembered else { return nil }
    let candidates = stride(from: newest, through: remembered, by: -(Int(mask) + 1))
    return candidates.first { !entries[$0 % Self.memory].isAnswered } ?? newest
  }
}
