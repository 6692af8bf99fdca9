import TestSupport

/// What clients counted of what they sent; all of it came back to them, byte for byte.
struct Tally: Sendable, Equatable {
  var connections = 0
  /// 0 where clients cannot know how many messages their bytes are to echod.
  var messages = 0
  var bytes = 0

  static func += (total: inout Tally, more: Tally) {
    total.connections += more.connections
    total.messages += more.messages
    total.bytes += more.bytes
  }
}

/// What the clients of each kind counted that can know what echod counts.
typealias Tallies = [SoakListener: Tally]

func += (total: inout Tallies, more: Tallies) {
  for (listener, tally) in more { total[listener, default: Tally()] += tally }
}

extension SoakListener {
  /// What is wrong in echod's statistics of this listener, in words.
  func whatIsWrong(_ figures: Stats.Listener, _ tally: Tally?) -> [String] {
    var wrong: [String] = []
    func expect(_ condition: Bool, _ what: String) {
      if !condition { wrong.append("\(rawValue): \(what): \(figures), and counted was \(tally as Any)") }
    }
    if figures.transport == "udp" {
      let unanswered = figures.dropped.total - figures.dropped.receiveBufferFull
      expect(figures.messages.received == figures.messages.sent + unanswered, "a datagram is missing")
    }
    if self == .flooded { expect(figures.dropped.rateLimited > 0, "no limit") }
    guard let tally else { return wrong }
    expect(figures.bytes == Stats.InAndOut(received: tally.bytes, sent: tally.bytes), "other bytes")
    expect(figures.messages.received == figures.messages.sent, "a reply is missing")
    expect(tally.messages == 0 || figures.messages.received == tally.messages, "other messages")
    expect(figures.transport == "udp" || figures.clients.total == tally.connections, "other clients")
    expect(figures.dropped.total == 0, "a drop")
    return wrong
  }
}

/// A client did not get what it should.
struct WrongReply: Error, CustomStringConvertible {
  let description: String

  /// Throws unless every byte is correct.
  static func unless(_ reply: [UInt8], is expected: [UInt8], _ who: String) throws {
    guard !reply.isSame(as: expected) else { return }
    throw WrongReply(
      description: "\(who): \(reply.count) bytes came for \(expected.count), or a byte is wrong")
  }
}

/// Runs `count` clients at once and adds up what they counted.
func together(
  _ count: Int, _ client: @escaping @Sendable (_ index: Int) async throws -> Tally
) async throws -> Tally {
  try await withThrowingTaskGroup(of: Tally.self) { group in
    for index in 0..<count { group.addTask { try await client(index) } }
    return try await group.reduce(into: Tally()) { $0 += $1 }
  }
}
