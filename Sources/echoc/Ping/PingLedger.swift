/// What was sent and what came of it.
///
/// Messages are numbered from 1. A reply is that of the newest unanswered message that has its number; where messages
/// are too short for a whole number (``MessageNumber``) several can have it. A reply to a message that has its reply is
/// a duplicate.
struct PingLedger {
  /// How many messages are remembered; replies to older ones are unknown.
  static let memory = 16_384

  /// What a datagram is.
  enum Verdict: Hashable {
    /// The first reply to a message, after so many nanoseconds.
    case reply(Int, nanoseconds: Int64)
    /// A further reply to it.
    case duplicate(Int, nanoseconds: Int64)
    /// No right reply; to which message, if that is known.
    case wrong(Int?, PingFault)
  }

  private struct Entry {
    var sentAt: Int64 = 0
    var isAnswered = false
  }

  /// Messages that were sent, or tried to.
  private(set) var sent = 0
  /// Messages that were answered.
  private(set) var received = 0
  /// Further replies to them.
  private(set) var duplicates = 0
  /// Replies that were wrong.
  private(set) var wrong = 0
  /// Messages for which an error was told.
  private(set) var errors = 0
  /// How long the replies took.
  private(set) var latencies = Latencies()
  private var entries = [Entry](repeating: Entry(), count: memory)

  /// Of a hundred messages, how many have no reply.
  var lossPercent: Double { sent == 0 ? 0 : 100 * Double(sent - received) / Double(sent) }

  /// Begins a message and returns its number.
  mutating func send(at now: Int64) -> Int {
    sent += 1
    entries[sent % Self.memory] = Entry(sentAt: now)
    return sent
  }

  /// Notes that a message was sent later than it was begun, when there was a connection.
  mutating func restart(_ message: Int, at now: Int64) { entries[message % Self.memory].sentAt = now }

  /// Notes that an error was told instead of a reply.
  mutating func fail() { errors += 1 }

  /// Notes a wrong reply.
  mutating func refuse(_ fault: PingFault, to message: Int?) -> Verdict {
    wrong += 1
    return .wrong(message, fault)
  }

  /// Judges a reply to a message that is known.
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
    latencies.record(nanoseconds)
    return .reply(message, nanoseconds: nanoseconds)
  }

  /// Judges a datagram.
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

  /// The newest unanswered message with a number, or the newest one that has it.
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
