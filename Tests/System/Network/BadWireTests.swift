import Addresses
import Glibc
import Testing
import TestSupport

@Suite(
  "Over a wire that loses, duplicates, reorders and delays",
  .enabled(if: BadWire.canBeMade, "network namespaces need root, ip(8) and ethtool(8)"))
struct BadWireTests {
  private static let faults = BadWire.Faults(lost: 0.03, duplicated: 0.02, reordered: 0.25, milliseconds: 4)
  private static let port: UInt16 = 12000

  private func listener(_ transport: String, _ service: String, port: UInt16 = port, on host: TwoHosts.Host)
    -> String
  {
    """
    { "name": "\(service)", "transport": "\(transport)", "service": "\(service)", "address": "\(host.address)",
      "port": \(port) }
    """
  }

  private func endpoint(of host: TwoHosts.Host, port: UInt16 = port) throws -> Endpoint {
    Endpoint(address: try #require(IPAddress(host.address)), port: port)
  }

  /// Expects that the wire was as bad as it should be.
  private func expectHarm(_ counts: BadWire.Counts) {
    #expect(counts.lost > 0 && counts.duplicated > 0 && counts.overtaken > 0, "\(counts)")
  }

  /// Sends a message in pieces of all sizes, and then the end.
  private func send(_ message: [UInt8], over client: PlainSocket) async throws {
    var rest = message[...]
    for size in [1, 100, 1448, 5000, 70_000, message.count] {
      try await client.send(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    client.shutdownSending()
  }

  /// Sends a message and returns everything that comes.
  private func exchange(_ message: [UInt8], with server: Endpoint, from host: TwoHosts.Host) async throws
    -> [UInt8]
  {
    let client = try host.socket { try PlainSocket(.tcp) }
    try await client.connectPatiently(to: server)
    async let sending: Void = send(message, over: client)
    let reply = try await client.receiveToEnd()
    try await sending
    return reply
  }

  @Test("TCP brings every byte back in order, and the end after them")
  func connections() async throws {
    try await BadWire.with(seed: 1, toRight: Self.faults, toLeft: Self.faults) { hosts, wire in
      let (left, right) = (hosts.left, hosts.right)
      let listeners = [
        listener("tcp", "echo", on: right), listener("tcp", "uppercase", port: Self.port + 1, on: right),
      ]
      try await HostDaemon.with(on: right, listeners: listeners.joined(separator: ", ")) { daemon in
        let process = ProcessFacts(pid: daemon.program.pid)
        let descriptors = process.descriptors
        let messages = (1...7).map { noise(50_000 * $0, seed: UInt64($0)) }
        let echo = try endpoint(of: right)
        let uppercase = try endpoint(of: right, port: Self.port + 1)
        // In a task group they end the tests: the runtime of Swift 6.3.1 jumps to address 0.
        let exchanges = messages.dropFirst().map { message in
          Task { try await exchange(message, with: echo, from: left) == message }
        }
        let inUppercase =
          try await exchange(messages[0], with: uppercase, from: left) == inCapitals(messages[0])
        #expect(inUppercase)
        for exchange in exchanges {
          let isWhole = try await exchange.value
          #expect(isWhole)
        }
        let counts = try await wire.settle()
        expectHarm(counts.toRight)
        expectHarm(counts.toLeft)
        let total = messages.map(\.count).reduce(0, +)
        #expect(try await daemon.stats().totals.bytes == Stats.InAndOut(received: total, sent: total))
        let areGone = try await eventually { try await daemon.stats().totals.clients.current == 0 }
        #expect(areGone)
        // Dispatch keeps a timer or two after its first.
        let isBack = await eventually { process.descriptors <= descriptors + 4 }
        #expect(isBack)
      }
    }
  }

  @Test("TCP brings every byte to a client that stalls and resumes, though frames to it are lost")
  func stall() async throws {
    let toLeft = BadWire.Faults(lost: 0.05, milliseconds: 1)
    try await BadWire.with(seed: 2, toRight: BadWire.Faults(), toLeft: toLeft) { hosts, wire in
      try await HostDaemon.with(on: hosts.right, listeners: listener("tcp", "echo", on: hosts.right)) {
        daemon in
        let client = try hosts.left.socket { try PlainSocket(.tcp) }
        client.setReceiveBuffer(65_536)
        try await client.connectPatiently(to: endpoint(of: hosts.right))
        let message = noise(2_000_000)
        async let sending: Void = client.send(message)
        // One message that cannot leave: nothing more is received until the client takes it.
        let isStalled = try await eventually {
          let messages = try await daemon.stats(of: "echo").messages
          return messages.received == messages.sent + 1
        }
        #expect(isStalled)
        let reply = try await client.receive(exactly: message.count)
        try await sending
        let isWhole = reply == message
        #expect(isWhole)
        let counts = try await wire.settle()
        #expect(counts.toLeft.lost > 0)
        let bytes = try await daemon.stats(of: "echo").bytes
        #expect(bytes == Stats.InAndOut(received: message.count, sent: message.count))
      }
    }
  }

  /// What is known of datagrams that were sent, small ones being alike at times.
  private struct Ledger {
    var outstanding: [[UInt8]: Int] = [:]
    var sent = 0
    var answered = 0
    var repeated = 0
    var longest = 0

    mutating func noteSent(_ datagram: [UInt8]) {
      sent += 1
      outstanding[datagram, default: 0] += 1
    }

    /// Expects that a reply is something that was sent.
    mutating func noteReply(_ datagram: [UInt8]) throws {
      let left = try #require(outstanding[datagram], "\(datagram.count) bytes that nobody sent")
      if left > 0 { answered += 1 } else { repeated += 1 }
      outstanding[datagram] = max(0, left - 1)
      longest = max(longest, datagram.count)
    }
  }

  @Test("UDP brings a datagram back as it was, from where it was sent, or not at all")
  func datagrams() async throws {
    try await BadWire.with(seed: 3, toRight: Self.faults, toLeft: Self.faults) { hosts, wire in
      try await HostDaemon.with(on: hosts.right, listeners: listener("udp", "echo", on: hosts.right)) {
        daemon in
        let server = try endpoint(of: hosts.right)
        let client = try hosts.left.socket { try PlainSocket(.udp) }
        var ledger = Ledger()
        for number in 0..<3000 {
          // Up to three frames, of which the wire can lose one.
          let datagram = noise(number * 7 % 4001, seed: UInt64(number))
          ledger.noteSent(datagram)
          try client.send(datagram, to: server)
          // As many as the buffers hold, even if echod is late. After the second time the replies have come too.
          guard number % 25 == 24 else { continue }
          try await wire.settle()
          _ = try await daemon.stats()
          try await wire.settle()
          while client.hasInput() {
            let reply = try await client.receiveDatagram()
            #expect(reply.source == server)
            try ledger.noteReply(reply.bytes)
          }
        }
        let counts = try await wire.settle()
        expectHarm(counts.toRight)
        expectHarm(counts.toLeft)
        let stats = try await daemon.stats(of: "echo")
        #expect(stats.messages.received == stats.messages.sent && stats.bytes.received == stats.bytes.sent)
        #expect(stats.dropped.total == 0)
        #expect(stats.messages.received <= ledger.sent + counts.toRight.duplicated)
        #expect(ledger.answered < ledger.sent && ledger.answered > ledger.sent / 2)
        #expect(ledger.repeated > 0)
        #expect(ledger.repeated <= counts.toRight.duplicated + counts.toLeft.duplicated)
        #expect(ledger.longest > 3000)
      }
    }
  }
}
