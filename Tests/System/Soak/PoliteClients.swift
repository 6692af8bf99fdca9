import Addresses
import TestSupport

/// Clients that check every byte and count it.
extension Crowd {
  /// Around what echod receives at once, and what a packet holds.
  private static let streamSizes = [1, 2, 100, 1460, 4096, 65_535, 65_537, 262_143, 262_145, 400_000]
  private static let datagramSizes = [0, 1, 13, 512, 1472, 1473, 3000, 9000]
  /// No two parts of it are alike, so that bytes at a wrong place are wrong bytes.
  private static let text = noise(1 << 19)

  private static func message(_ size: Int, _ seed: Int) -> [UInt8] {
    let start = seed &* 7919 % (text.count - size)
    return Array(text[start..<start + size])
  }

  func talk(on socket: PlainSocket, _ seed: Int) async throws -> Tally {
    var tally = Tally()
    for size in Self.streamSizes.indices {
      let message = Self.message(Self.streamSizes[(size + seed) % Self.streamSizes.count], seed + size)
      async let sent: Void = socket.send(message)
      let reply = try await socket.receive(exactly: message.count)
      try await sent
      try WrongReply.unless(reply, is: message, "a client that stays")
      tally.bytes += message.count
      try await Self.pause()
    }
    return tally
  }

  func visit(_ seed: Int) async throws -> Tally {
    let server = try endpoint(of: .visited)
    var tally = Tally()
    for visit in 0..<50 {
      let message = Self.message(1 + visit * 10, seed + visit)
      let socket = try PlainSocket(connectedTo: server)
      try await socket.send(message)
      let reply = try await socket.receive(exactly: message.count)
      try WrongReply.unless(reply, is: inCapitals(message), "a client that comes and goes")
      tally += Tally(connections: 1, messages: 1, bytes: message.count)
      try await Self.pause()
    }
    return tally
  }

  func takeTheCourse(_ seed: Int) async throws -> Tally {
    let server = try endpoint(of: .course)
    var tally = Tally()
    for lesson in 0..<50 {
      let message = Self.message(1 + lesson * 20, seed + lesson)
      let socket = try PlainSocket(connectedTo: server)
      try await socket.send(message)
      let reply = try await socket.receiveToEnd()
      try WrongReply.unless(reply, is: inCapitals(message), "a client of the course")
      tally += Tally(connections: 1, messages: 1, bytes: message.count)
      try await Self.pause()
    }
    return tally
  }

  func closeHalf(_ seed: Int) async throws -> Tally {
    let server = try endpoint(of: .halfClosed)
    var tally = Tally()
    for size in Self.streamSizes {
      let message = Self.message(size, seed + size)
      let socket = try PlainSocket(connectedTo: server)
      async let sent: Void = socket.sendToEnd(message)
      let reply = try await socket.receiveToEnd()
      try await sent
      try WrongReply.unless(reply, is: message, "a client that sends its end first")
      tally += Tally(connections: 1, bytes: message.count)
      try await Self.pause()
    }
    return tally
  }

  func ask(on socket: PlainSocket, _ seed: Int) async throws -> Tally {
    let server = try endpoint(of: .datagrams)
    var tally = Tally()
    // One at a time sends the largest: the datagrams waiting in echod's socket have to fit there.
    let sizes = seed % 4 == 0 ? Self.datagramSizes + [65_507] : Self.datagramSizes
    for question in 0..<40 {
      let message = Self.message(sizes[question % sizes.count], seed + question)
      try socket.send(message, to: server)
      let reply = try await socket.receiveDatagram()
      try WrongReply.unless(reply.bytes, is: message, "a client of datagrams")
      guard reply.source == server else { throw WrongReply(description: "a reply came from \(reply.source)") }
      tally += Tally(messages: 1, bytes: message.count)
      try await Self.pause()
    }
    return tally
  }

  /// Every message is answered, by the listener before or after the reload.
  func askWhileItChanges() async throws -> Tally {
    let server = try endpoint(of: .changing)
    let socket = try PlainSocket(.udp)
    var tally = Tally()
    for question in 0..<100 {
      let message = Array("question \(question)".utf8)
      try socket.send(message, to: server)
      let reply = try await socket.receiveDatagram().bytes
      if reply != inCapitals(message) {
        try WrongReply.unless(reply, is: message, "a client of what changes")
      }
      tally += Tally(messages: 1, bytes: message.count)
      try await Self.pause()
    }
    return tally
  }
}

extension PlainSocket {
  fileprivate func sendToEnd(_ bytes: [UInt8]) async throws {
    try await send(bytes)
    shutdownSending()
  }
}
