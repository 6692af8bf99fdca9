import Addresses
import EchoCore
import Testing
import TestSupport

@testable import EchoServer

/// A header of one line: an IP address, which is the client's.
private struct LinePreface: Preface {
  var byteLimit = 40
  var deadlineMilliseconds: Int64 = 60_000
  var dropReason = DropReason.loopGuard
  var permitted = IPAddress.loopbackIPv4

  func permits(_ peer: Endpoint?) -> Bool { peer?.address == permitted }

  func read(_ bytes: UnsafeRawBufferPointer, from peer: Endpoint?) -> PrefaceReading {
    guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return .incomplete }
    guard let address = IPAddress(String(decoding: bytes[..<end], as: UTF8.self)) else { return .wrong }
    return .client(Endpoint(address: address, port: 4000), local: nil, byteCount: end + 1)
  }
}

@Suite("A connection that begins with a preface")
struct PrefaceTests {
  private func isClosed(_ client: PlainSocket) async throws -> Bool { try await client.receiveToEnd() == [] }

  @Test("is answered after it, however both were split on their way", arguments: [1, 3, 9, 10, 13])
  func splits(length: Int) async throws {
    try await QueueUnderTest.with(.tcp, .uppercase, preface: LinePreface()) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      let bytes = Array("127.0.0.7\nabcdef".utf8)
      for start in stride(from: 0, to: bytes.count, by: length) {
        try await client.send(Array(bytes[start..<min(start + length, bytes.count)]))
      }
      #expect(try await client.receive(exactly: 6) == Array("ABCDEF".utf8))
      #expect(echod.statistics[.bytesReceived] == 6 && echod.statistics[.clientsTotal] == 1)
    }
  }

  @Test("is nobody's until the preface names its client, who is then judged")
  func access() async throws {
    let preface = LinePreface()
    let only = try Prefix("10.0.0.0/8")
    try await QueueUnderTest.with(.tcp, .echo, preface: preface, change: { $0.allow = [only] }) { echod in
      let (friend, stranger) = (
        try PlainSocket(connectedTo: echod.endpoint), try PlainSocket(connectedTo: echod.endpoint)
      )
      try await friend.send(Array("10.1.2.3\n".utf8))
      #expect(await eventually { echod.statistics[.clientsCurrent] == 1 })
      try await stranger.send(Array("192.0.2.1\nx".utf8))
      #expect(try await isClosed(stranger))
      #expect(echod.statistics[.denied] == 1 && echod.statistics[.clientsTotal] == 1)
      try await friend.send([1])
      #expect(try await friend.receive() == [1])
      friend.shutdownSending()
      #expect(await eventually { echod.statistics[.clientsCurrent] == 0 })
    }
  }

  @Test(
    "is closed when the preface is wrong or too long, and counted",
    arguments: ["not an address\n", "1111111111"])
  func wrong(line: String) async throws {
    try await QueueUnderTest.with(.tcp, .echo, preface: LinePreface(byteLimit: 10)) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      try await client.send(Array(line.utf8))
      _ = try await client.receiveToEndOrReset()
      #expect(await eventually { echod.statistics[.loopGuard] == 1 })
      #expect(echod.statistics[.clientsTotal] == 0)
    }
  }

  @Test("is closed when the preface is late, and counted")
  func late() async throws {
    try await QueueUnderTest.with(.tcp, .echo, preface: LinePreface(deadlineMilliseconds: 50)) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      try await client.send(Array("127.0".utf8))
      #expect(try await isClosed(client))
      #expect(echod.statistics[.loopGuard] == 1 && echod.statistics[.clientsTotal] == 0)
    }
  }

  @Test("is refused when its peer may not send one, or when the listener has too many without one")
  func refused() async throws {
    let nobody = LinePreface(permitted: try #require(IPAddress("192.0.2.1")))
    try await QueueUnderTest.with(.tcp, .echo, preface: nobody) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      #expect(try await isClosed(client))
      #expect(echod.statistics[.denied] == 1)
    }
    try await QueueUnderTest.with(.tcp, .echo, preface: LinePreface(), maxConnections: 2) { echod in
      let waiting = try (0..<2).map { _ in try PlainSocket(connectedTo: echod.endpoint) }
      let oneTooMany = try PlainSocket(connectedTo: echod.endpoint)
      #expect(try await isClosed(oneTooMany))
      #expect(echod.statistics[.overLimit] == 1 && waiting.count == 2)
    }
  }

  @Test("gives its place back when it ends before its preface does")
  func early() async throws {
    try await QueueUnderTest.with(.tcp, .echo, preface: LinePreface()) { echod in
      for _ in 0..<3 * 100 {
        let client = try PlainSocket(connectedTo: echod.endpoint)
        try await client.send(Array("127.".utf8))
      }
      #expect(await eventually { echod.statistics[.loopGuard] == 300 })
      let client = try PlainSocket(connectedTo: echod.endpoint)
      try await client.send(Array("127.0.0.1\nx".utf8))
      #expect(try await client.receive() == Array("x".utf8))
    }
  }
}
