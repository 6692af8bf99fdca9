import Addresses
import Glibc
import Testing
import TestSupport

@Suite(
  "A TCP client that vanishes",
  .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"))
struct VanishedClientTests {
  @Test("loses its place when it was idle")
  func idle() async throws {
    try await KeptServer.with { echod in
      let client = try await echod.client(on: echod.hosts.left)
      #expect(try await echod.hasClients(1))
      try await echod.vanish()
      #expect(try await echod.hasClients(0))
      #expect(try await echod.figures().dropped.total == 0)
      withExtendedLifetime(client) {}
    }
  }

  @Test("loses its place when a reply was on its way to it")
  func unacknowledged() async throws {
    try await KeptServer.with { echod in
      let client = try await echod.client(on: echod.hosts.left)
      echod.daemon.program.signal(SIGSTOP)
      try await client.send([2])
      try await echod.vanish()
      echod.daemon.program.signal(SIGCONT)
      #expect(try await echod.hasClients(0))
      let figures = try await echod.figures()
      // The kernel had taken the reply.
      #expect(figures.messages == Stats.InAndOut(received: 2, sent: 2) && figures.dropped.total == 0)
    }
  }

  @Test(
    "loses its place when it had stopped reading; one that only does not read keeps it, and gets every byte")
  func stalled() async throws {
    try await KeptServer.with { echod in
      let patient = try await echod.client(on: echod.hosts.right)
      let sent = try await echod.stall(patient, unanswered: 1)
      let vanishing = try await echod.client(on: echod.hosts.left)
      _ = try await echod.stall(vanishing, unanswered: 2)
      try await echod.vanish()
      #expect(try await echod.hasClients(1))
      #expect(try await echod.figures().dropped.sendFailed == 1)
      // It has not read for longer than the one that is gone.
      #expect(try await patient.receive(exactly: sent).count == sent)
    }
  }
}

/// An echod on the right of two hosts, with the shortest keepalive.
private final class KeptServer: Sendable {
  let hosts: TwoHosts
  let daemon: HostDaemon
  private let endpoint: Endpoint

  private init(_ hosts: TwoHosts, _ daemon: HostDaemon) throws {
    (self.hosts, self.daemon) = (hosts, daemon)
    endpoint = Endpoint(address: try #require(IPAddress(hosts.right.address)), port: 12000)
  }

  static func with(_ body: (KeptServer) async throws -> Void) async throws {
    try await TwoHosts.with { hosts in
      let listener = """
        { "name": "tcp", "transport": "tcp", "address": "0.0.0.0", "port": 12000, "keepAliveSeconds": 1 }
        """
      try await HostDaemon.with(on: hosts.right, listeners: listener) { daemon in
        try await body(KeptServer(hosts, daemon))
      }
    }
  }

  /// A client that was answered once.
  func client(on host: TwoHosts.Host) async throws -> PlainSocket {
    let client = try host.socket { try PlainSocket(.tcp) }
    try await client.connectPatiently(to: endpoint)
    try await client.send([1])
    #expect(try await client.receive(exactly: 1) == [1])
    return client
  }

  /// Sends until nothing fits any more and so many clients wait for a reply. Returns how many bytes were sent.
  func stall(_ client: PlainSocket, unanswered: Int) async throws -> Int {
    var sent = 0
    let isStalled = try await eventually {
      let more = client.sendWhileItFits(noise(65_536))
      sent += more
      let messages = try await figures().messages
      return more == 0 && messages.received == messages.sent + unanswered
    }
    try #require(isStalled)
    return sent
  }

  /// Takes the client's host from the network.
  func vanish() async throws {
    try await hosts.left.ip("link set \(TwoHosts.Host.interface) down")
  }

  func figures() async throws -> Stats.Listener { try await daemon.stats(of: "tcp") }

  /// Whether so many clients are left in the end.
  func hasClients(_ count: Int) async throws -> Bool {
    try await eventually(every: .milliseconds(100)) { try await figures().clients.current == count }
  }
}
