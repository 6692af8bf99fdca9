import Addresses
import EchoCore
@testable import EchoServer
import Glibc
import Synchronization
import Testing
import TestSupport

@Suite("A crowd at the admin socket")
struct AdminCrowdTests {
  /// How many clients have a place.
  private static let places = 64
  private static let request = "GET /stats HTTP/1.1\r\nHost: localhost\r\n\r\n"
  private static let healthRequest = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
  private static let lastHealthRequest = "GET /healthz HTTP/1.0\r\n\r\n"
  private static let lastRequest = "GET /stats HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

  private func withServer(
    log: LogRecorder = LogRecorder(), _ body: (ServerUnderTest) async throws -> Void
  ) async throws {
    try await ServerUnderTest.with(
      [.test(.udp)], admin: .tcp(address: .loopbackIPv4, port: 0), log: log, body)
  }

  /// Receives a response until the connection ends. Returns whether it is complete.
  private func isAnswered(_ client: PlainSocket) async throws -> Bool {
    let response = String(decoding: try await client.receiveToEnd(), as: UTF8.self)
    if response.hasPrefix("HTTP/1.1 200 ") && response.hasSuffix("}\n") { return true }
    Issue.record("it got: \(response)")
    return false
  }

  /// Receives a response on a connection that stays open.
  private func receiveResponse(_ client: PlainSocket) async throws {
    var response: [UInt8] = []
    while !response.suffix(2).elementsEqual("}\n".utf8) {
      let more = try await client.receive()
      response += more
      try #require(!more.isEmpty)
    }
  }

  /// Connections on which a text was sent. They are made without waiting, so that on a busy machine all of them are
  /// still new at the end.
  private func connect(_ count: Int, to admin: Endpoint, sending text: String = "") throws -> [PlainSocket] {
    try (0..<count).map { _ in
      let client = try PlainSocket(connectedTo: admin)
      #expect(client.sendAtOnce(text))
      return client
    }
  }

  @Test("of answered clients that stay takes no place from clients that are sending a request")
  func lingering() async throws {
    try await withServer { echod in
      let admin = try await echod.adminSocket()
      let (first, second) = (Self.lastHealthRequest.prefix(20), Self.lastHealthRequest.dropFirst(20))
      let slow = try connect(40, to: admin, sending: String(first))
      let done = try connect(20, to: admin, sending: Self.lastHealthRequest)
      for client in done { #expect(client.receiveAtOnce().hasSuffix("ok\n")) }
      let more = try connect(20, to: admin, sending: Self.lastHealthRequest)
      for client in more { #expect(client.receiveAtOnce().hasSuffix("ok\n")) }
      for client in slow { #expect(client.sendAtOnce(String(second))) }
      for client in slow { #expect(client.receiveAtOnce().hasSuffix("ok\n")) }
      withExtendedLifetime((done, more)) {}
    }
  }

  @Test("gets its answers, also to second requests on a connection, while others wait for places")
  func secondRequests() async throws {
    try await withServer { echod in
      let admin = try await echod.adminSocket()
      let clients = try connect(Self.places - 1, to: admin, sending: Self.healthRequest)
      for client in clients { #expect(client.receiveAtOnce(to: "ok\n").hasSuffix("ok\n")) }
      for client in clients { #expect(client.sendAtOnce(Self.request)) }
      let newcomers = try connect(Self.places, to: admin, sending: Self.lastRequest)
      for client in newcomers { #expect(try await isAnswered(client)) }
      for client in clients { try await receiveResponse(client) }
    }
  }

  @Test("of idle clients leaves the last place to others")
  func idleClients() async throws {
    try await withServer { echod in
      let admin = try await echod.adminSocket()
      let idle = try connect(Self.places - 1, to: admin, sending: Self.healthRequest)
      for client in idle { #expect(client.receiveAtOnce(to: "ok\n").hasSuffix("ok\n")) }
      for _ in 0..<3 {
        // The client wants to keep the connection, but it is closed after the answer.
        let client = try #require(connect(1, to: admin, sending: Self.healthRequest).first)
        let answer = client.receiveAtOnce()
        #expect(answer.hasSuffix("ok\n") && answer.contains("\r\nConnection: close\r\n"))
      }
      // No idle client was disconnected.
      #expect(idle.allSatisfy { !$0.hasInput() })
    }
  }

  @Test("of silent clients that takes every place keeps nobody out, and is logged")
  func silentClients() async throws {
    let log = LogRecorder()
    try await withServer(log: log) { echod in
      let admin = try await echod.adminSocket()
      let start = ContinuousClock.now
      let silent = try connect(Self.places, to: admin)
      for _ in 0..<3 {
        let client = try #require(connect(1, to: admin, sending: Self.lastHealthRequest).first)
        #expect(client.receiveAtOnce().hasSuffix("ok\n"))
      }
      // One was disconnected, and its place was enough. In the end all are, whether others wait or not.
      #expect(await eventually { silent.contains { $0.hasInput() } })
      let disconnected = silent.count { $0.hasInput() }
      let isEnd = ContinuousClock.now - start >= .milliseconds(AdminClient.requestMilliseconds)
      #expect(disconnected == 1 || isEnd)
      #expect(log.messages(with: "new clients of the admin socket must wait until others close").count == 1)
    }
  }

  @Test("of clients that stop in the middle of a request gives way to newcomers")
  func slowClients() async throws {
    try await withServer { echod in
      let slow = try connect(200, to: await echod.adminSocket(), sending: "GET /stats HT")
      #expect(try await echod.exchange("GET /healthz HTTP/1.0\r\n\r\n").hasSuffix("ok\n"))
      withExtendedLifetime(slow) {}
    }
  }

  @Test("of clients that do not read their responses keeps nobody out")
  func deafClients() async throws {
    try await withServer { echod in
      let requests = Array(String(repeating: Self.request, count: 1000).utf8)
      let deaf = try connect(2 * Self.places, to: await echod.adminSocket())
      for client in deaf { client.setReceiveBuffer(4096) }
      for _ in 0..<3 {
        _ = deaf.map { $0.sendWhileItFits(requests) }
        #expect(try await echod.exchange("GET /healthz HTTP/1.0\r\n\r\n").hasSuffix("ok\n"))
      }
    }
  }

  @Test("that is much larger than the number of places is answered")
  func crowd() async throws {
    try await withServer { echod in
      let clients = try connect(
        300, to: await echod.adminSocket(), sending: "GET /stats HTTP/1.0\r\n\r\n")
      for client in clients { #expect(try await isAnswered(client)) }
    }
  }

  private final class Count: Sendable {
    let value = Atomic(0)
  }

  @Test("gets figures that are no older than each request")
  func figuresAreNewerThanQuestion() async throws {
    try await withServer { echod in
      let served = Count()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<20 {
          group.addTask {
            let client = try PlainSocket(.udp)
            for _ in 0..<10 {
              try await client.send([1], to: echod.endpoint("udp"))
              _ = try await client.receiveDatagram()
              let before = served.value.add(1, ordering: .relaxed).newValue
              let answer = try await echod.exchange("GET /metrics HTTP/1.0\r\n\r\n")
              let line = answer.split(separator: "\n").first {
                $0.hasPrefix("echod_messages_received_total")
              }
              let shown = line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
              #expect(shown >= before)
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(served.value.load(ordering: .relaxed) == 200)
    }
  }

  @Test("is served while one client does not read its responses")
  func slowReader() async throws {
    try await withServer { echod in
      let slow = try await echod.connectToAdmin()
      slow.setReceiveBuffer(4096)
      let requests = Array(
        String(repeating: "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", count: 1000).utf8)
      _ = await eventually { slow.sendWhileItFits(requests) == 0 }
      #expect(try await echod.exchange("GET /healthz HTTP/1.0\r\n\r\n").hasSuffix("ok\n"))
    }
  }
}

// These calls do not suspend: on a busy machine a suspension can take longer than the server's patience.
extension PlainSocket {
  /// Sends a short text. Returns whether the kernel took it.
  fileprivate func sendAtOnce(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return Glibc.send(number, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)) == bytes.count
  }

  /// Receives until the connection ends, a text arrives, or no byte has arrived for ``PlainSocket/patienceSeconds``.
  fileprivate func receiveAtOnce(to end: String? = nil) -> String {
    var (received, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
    while end.map({ !received.suffix($0.utf8.count).elementsEqual($0.utf8) }) ?? true {
      var readiness = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
      guard poll(&readiness, 1, Int32(1000 * PlainSocket.patienceSeconds)) == 1 else { break }
      let count = recv(number, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      received += buffer[..<count]
    }
    return String(decoding: received, as: UTF8.self)
  }
}
