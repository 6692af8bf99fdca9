import Addresses
import Glibc
import Testing
import TestSupport

@Suite("The admin socket under attack", .serialized)
struct AdminAttackTests {
  /// Connections that an attacker holds at once: more than there are places.
  private static let crowd = 200
  /// How many connections make an attack.
  private static let least = 5 * crowd
  /// How often it is asked, and messages are sent, while the attack goes on.
  private static let rounds = 20

  /// What strangers do to an admin socket.
  enum Attack: String, CaseIterable, CustomTestStringConvertible {
    case silence = "connections that say nothing"
    case trickle = "heads that never end"
    case deafness = "clients that never take their responses"
    case pipeline = "requests without a pause"
    case churn = "connections that ask and are gone"

    var testDescription: String { rawValue }

    /// What each connection sends: at once, and then again in each round.
    var greeting: String {
      switch self {
      case .silence: ""
      case .trickle: "GET /healthz HTTP/1.1\r\n"
      case .deafness, .pipeline: String(repeating: Self.question, count: 200)
      case .churn: Self.question
      }
    }

    var more: String {
      switch self {
      case .silence, .churn: ""
      case .trickle: "X: y\r\n"
      case .deafness, .pipeline: Self.question
      }
    }

    private static let question =
      "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
  }

  @Test(
    "answers /healthz all the same, and the listeners' clients get every reply", arguments: Attack.allCases)
  func isAnswered(attack: Attack) async throws {
    let configuration = """
      { "admin": { "port": 0 },
        "listeners": [{ "name": "tcp", "transport": "tcp", "port": 0 },
                      { "name": "udp", "transport": "udp", "port": 0 }] }
      """
    try await RunningDaemon.with(configuration) { daemon in
      let admin = try daemon.adminEndpoint()
      let process = ProcessFacts(pid: daemon.program.pid)
      let (descriptors, memory) = (process.descriptors, process.residentBytes)
      let connections = try await underAttack(attack, at: admin) { try await askAndEcho(daemon) }
      #expect(connections >= Self.least)
      // A sanitizer keeps freed memory.
      if !BuiltProgram.isSanitized { #expect(process.residentBytes - memory < 32 << 20) }
      let isBack = await eventually { process.descriptors <= descriptors + 4 }
      #expect(isBack)
      let messages = try await daemon.stats().totals.messages
      #expect(messages.received == messages.sent && messages.sent >= 2 * Self.rounds)
    }
  }

  @Test("keeps few descriptors for answered clients that do not close their connections")
  func lingering() async throws {
    let configuration = #"{ "admin": { "port": 0 }, "listeners": [{ "transport": "udp", "port": 0 }] }"#
    try await RunningDaemon.with(configuration) { daemon in
      let admin = try daemon.adminEndpoint()
      let process = ProcessFacts(pid: daemon.program.pid)
      let before = process.descriptors
      let request = "GET /healthz HTTP/1.1\r\nHost: \(admin)\r\nConnection: close\r\n\r\n"
      let clients = try await (0..<Self.crowd).asyncMap { _ in
        let client = try PlainSocket(connectedTo: admin)
        try await client.send(Array(request.utf8))
        let response = try await client.receiveToEnd()
        #expect(response.starts(with: "HTTP/1.1 200 ".utf8))
        return client
      }
      // 32 clients may linger, and Dispatch keeps a timer or two once it has used one.
      #expect(process.descriptors <= before + 32 + 4)
      withExtendedLifetime(clients) {}
    }
  }

  private func askAndEcho(_ daemon: RunningDaemon) async throws {
    let admin = try daemon.adminEndpoint()
    let tcp = try PlainSocket(connectedTo: daemon.endpoint(of: "tcp"))
    let udp = try PlainSocket(.udp)
    for round in 0..<Self.rounds {
      let isHealthy = await HTTPClient.isHealthy(admin)
      try #require(isHealthy)
      let message = noise(1000, seed: UInt64(round))
      try await tcp.send(message)
      let reply = try await tcp.receive(exactly: message.count)
      #expect(reply == message)
      try udp.send(message, to: daemon.endpoint(of: "udp"))
      let datagram = try await udp.receiveDatagram()
      #expect(datagram.bytes == message)
    }
  }

  /// Attacks while the body runs, with ``crowd`` connections before it begins. Returns how many there were in all.
  private func underAttack(
    _ attack: Attack, at admin: Endpoint, _ body: () async throws -> Void
  ) async throws -> Int {
    let attackers = try (0..<Self.crowd).map { _ in try Self.attacker(attack, at: admin) }
    return try await withThrowingTaskGroup(of: Int.self) { group in
      group.addTask { try await Self.goOn(attackers, attack, at: admin) }
      try await body()
      group.cancelAll()
      return try await group.next() ?? 0
    }
  }

  /// Attacks until it is cancelled and has made ``least`` connections; one that is closed connects again.
  private static func goOn(_ first: [PlainSocket], _ attack: Attack, at admin: Endpoint) async throws -> Int {
    var (attackers, connections) = (first, first.count)
    var patience = 10_000
    while !Task.isCancelled || (connections < least && patience > 0) {
      if Task.isCancelled { patience -= 1 }
      for index in attackers.indices where !goOn(attackers[index], attack) {
        attackers[index] = try attacker(attack, at: admin)
        connections += 1
      }
      try? await Task.sleep(for: .milliseconds(1))
    }
    return connections
  }

  private static func attacker(_ attack: Attack, at admin: Endpoint) throws -> PlainSocket {
    let attacker = try PlainSocket(connectedTo: admin)
    if attack == .churn { attacker.resetOnClose() }
    if attack == .deafness { attacker.setReceiveBuffer(4096) }
    _ = attacker.sendOnce(Array(attack.greeting.utf8))
    return attacker
  }

  /// Returns whether the connection is worth keeping.
  private static func goOn(_ attacker: PlainSocket, _ attack: Attack) -> Bool {
    if attack == .churn { return false }
    if attack == .pipeline { attacker.discardInput() }
    return attack.more.isEmpty ? !attacker.hasEnded() : attacker.sendOnce(Array(attack.more.utf8))
  }
}

extension PlainSocket {
  /// Sends as much as fits. Returns whether the connection is still open.
  fileprivate func sendOnce(_ bytes: [UInt8]) -> Bool {
    Glibc.send(number, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)) >= 0 || errno == EAGAIN
  }

  /// Discards everything that has arrived.
  fileprivate func discardInput() {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while recv(number, &buffer, buffer.count, Int32(MSG_DONTWAIT)) > 0 {}
  }

  /// Whether the peer closed or reset the connection.
  fileprivate func hasEnded() -> Bool {
    var byte: UInt8 = 0
    let count = recv(number, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
    return count == 0 || (count < 0 && errno != EAGAIN)
  }
}
