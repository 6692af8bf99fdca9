import Addresses
import Testing
import TestSupport

@Suite("A reply that is not finished at a restart of echod")
struct ReplyRestartTests {
  private static func file(_ keys: String, transport: String = "tcp", drainSeconds: Int = 5) -> String {
    """
    { "admin": { "port": 0 }, "drainSeconds": \(drainSeconds),
      "listeners": [{ "name": "l", "transport": "\(transport)", "port": 0, \(keys) }] }
    """
  }

  @Test(
    "is sent within the grace period, sooner than its delay if need be, and its connection goes on",
    arguments: [(delay: 1000, grace: 20), (60_000, 1)])
  func delayed(delay: Int, grace: Int) async throws {
    let file = Self.file(#""impair": { "delayMilliseconds": \#(delay) }"#, drainSeconds: grace)
    try await StoringManager.with(file) { manager in
      let client = try await manager.run { daemon in
        let client = try daemon.connect(to: "l")
        try await client.send(Array("late".utf8))
        let isReceived = try await eventually { try await daemon.figures(of: "l").messages.received == 1 }
        #expect(isReceived)
        return client
      }
      #expect(try await client.text(ofBytes: 4) == "late")
      try manager.configure(Self.file(#""impair": { "delayMilliseconds": 1 }"#))
      try await manager.run(thenBy: .stop) { daemon in
        #expect(try await client.echo(of: "after") == "after")
        let figures = try await daemon.figures(of: "l")
        #expect(figures.messages == Stats.InAndOut(received: 2, sent: 2) && figures.dropped.total == 0)
      }
    }
  }

  @Test("is sent within the grace period to a UDP client")
  func delayedDatagram() async throws {
    let file = Self.file(#""impair": { "delayMilliseconds": 1000 }"#, transport: "udp", drainSeconds: 20)
    try await StoringManager.with(file) { manager in
      let client = try PlainSocket.datagrams()
      try await manager.run { daemon in
        try client.send(Array("late".utf8), to: daemon.endpoint(of: "l"))
        let isReceived = try await eventually { try await daemon.figures(of: "l").messages.received == 1 }
        #expect(isReceived)
      }
      #expect(try await client.datagram() == "late")
      try await manager.run(thenBy: .stop) { daemon async throws in
        #expect(try await client.echo(of: "after", from: daemon.endpoint(of: "l")) == "after")
      }
    }
  }

  @Test("is followed by the end, as closeAfterReply promises, while echod waits for the client's")
  func lingering() async throws {
    try await StoringManager.with(Self.file(#""closeAfterReply": true"#)) { manager in
      let client = try await manager.run { daemon in
        let client = try daemon.connect(to: "l")
        try await client.send(Array("only".utf8))
        let isSent = try await eventually { try await daemon.figures(of: "l").messages.sent == 1 }
        #expect(isSent)
        return client
      }
      try await manager.run(thenBy: .stop) { daemon in
        // What comes after the reply is not answered, and does not reset the connection either.
        try await client.send(Array("more".utf8))
        #expect(try await String(decoding: client.receiveToEnd(), as: UTF8.self) == "only")
        client.shutdownSending()
        let isGone = try await eventually { try await daemon.figures(of: "l").clients.current == 0 }
        #expect(isGone)
        #expect(try await daemon.figures(of: "l").messages == Stats.InAndOut(received: 1, sent: 1))
      }
    }
  }

  @Test("counts towards closeAfterBytes and resetAfterBytes", arguments: ["close", "reset"])
  func bytes(end: String) async throws {
    try await StoringManager.with(Self.file(#""impair": { "\#(end)AfterBytes": 10 }"#)) { manager in
      let client = try await manager.run { daemon in
        let client = try daemon.connect(to: "l")
        #expect(try await client.echo(of: "123456") == "123456")
        return client
      }
      try await manager.run(thenBy: .stop) { daemon in
        #expect(try await client.echo(of: "7890") == "7890")
        let rest = try await client.receiveToEndOrReset()
        let figures = try await daemon.figures(of: "l")
        if end == "close" {
          #expect(rest == [] && figures.impaired?["closed"] == 1)
        } else {
          #expect(rest == nil && figures.impaired?["reset"] == 1)
        }
      }
    }
  }
}
