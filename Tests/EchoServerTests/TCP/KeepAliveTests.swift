import Addresses
@testable import EchoCore
import Glibc
import Testing
import TestSupport

@testable import EchoServer
@testable import Sockets

@Suite("The keepalive of a TCP listener's connections")
struct ListenerKeepAliveTests {
  /// The seconds until the kernel asks whether the client is there; `nil` without a keepalive timer. See proc_net_tcp
  /// in the kernel's documentation.
  private func secondsToProbe(of client: PlainSocket, at server: Endpoint) async throws -> Int? {
    let port = try client.localEndpoint().port
    let text = try ["tcp", "tcp6"].map { try contents(of: "/proc/net/\($0)") }.joined()
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 5, words[1].hasSuffix(hex(server.port)), words[2].hasSuffix(hex(port)) else {
        continue
      }
      let timer = words[5].split(separator: ":")
      // 2 is the keepalive's timer, in hundredths of a second.
      guard timer[0] == "02", let ticks = Int(timer[1], radix: 16) else { return nil }
      return (ticks + 99) / 100
    }
    Issue.record("the connection is not in the kernel's table")
    return nil
  }

  private func hex(_ port: UInt16) -> String {
    let digits = String(port, radix: 16, uppercase: true)
    return ":" + String(repeating: "0", count: 4 - digits.count) + digits
  }

  private func contents(of path: String) throws -> String {
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// How long a test may have taken when it reads a timer, which has been running down since the accept. Short of the
  /// difference between any two of the keepalives here.
  private static let slackSeconds = 1000

  /// A connection on which a message went back and forth, so that nothing but the keepalive's timer runs.
  private func served(_ client: PlainSocket, at server: Endpoint, seconds: Int?) async throws {
    try await client.send(Array("a".utf8))
    #expect(try await client.receive(exactly: 1) == Array("A".utf8))
    let isRight = try await eventually {
      let left = try await secondsToProbe(of: client, at: server)
      guard let seconds else { return left == nil }
      return left.map { (max(1, seconds - Self.slackSeconds)...seconds).contains($0) } == true
    }
    #expect(isRight, "\(seconds as Any)")
  }

  @Test(
    "is the configured one, or none",
    arguments: [("127.0.0.1", 120), ("::", 120), ("::1", 3000), ("127.0.0.1", 32_767), ("127.0.0.1", 0)])
  func configured(address: String, seconds: Int) async throws {
    try await ServerUnderTest.with([.test(.tcp, on: address) { $0.keepAliveSeconds = seconds }]) { echod in
      let server = try await echod.endpoint("tcp", on: address == "::" ? "127.0.0.1" : address)
      try await served(PlainSocket(connectedTo: server), at: server, seconds: seconds == 0 ? nil : seconds)
    }
  }

  @Test("is 120 seconds by default, on every queue")
  func usual() async throws {
    try await ServerUnderTest.with([.test(.tcp) { $0.queues = 3 }]) { echod in
      let server = try await echod.endpoint("tcp")
      for _ in 0..<12 { try await served(PlainSocket(connectedTo: server), at: server, seconds: 120) }
    }
  }

  @Test("changes with a reload, for the connections after it")
  func reload() async throws {
    let listener = ListenerConfiguration.test(.tcp) { $0.port = freePort() }
    let server = Endpoint(address: .loopbackIPv4, port: listener.port)
    try await ServerUnderTest.with([listener]) { echod in
      for seconds in [3000, 0, 120] {
        try await echod.apply([listener.changed { $0.keepAliveSeconds = seconds }])
        try await served(PlainSocket(connectedTo: server), at: server, seconds: seconds == 0 ? nil : seconds)
      }
    }
  }

  @Test("is also that of a connection which waited in a passed socket, and of those after it")
  func passedSocket() async throws {
    let manager = try PlainSocket(.tcp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
    try #require(listen(manager.number, 8) == 0)
    let server = try manager.localEndpoint()
    let waiting = try (0..<2).map { _ in try PlainSocket(connectedTo: server) }
    var passed = ActivationSockets()
    try passed.add(fcntl(manager.number, F_DUPFD_CLOEXEC, 0), name: "tcp")
    try await ServerUnderTest.with([.test(.tcp)], passed: passed) { _ in
      for client in waiting + [try PlainSocket(connectedTo: server)] {
        try await served(client, at: server, seconds: 120)
      }
    }
  }

  @Test("is a fixed one on the admin socket")
  func admin() async throws {
    try await ServerUnderTest.with([], admin: .tcp(address: .loopbackIPv4, port: 0)) { echod in
      guard case .tcp(let address, let port) = await echod.server.adminEndpoint else {
        Issue.record("no admin socket")
        return
      }
      let server = Endpoint(address: address, port: port)
      let client = try PlainSocket(connectedTo: server)
      let isRight = try await eventually {
        (1...120).contains(try await secondsToProbe(of: client, at: server) ?? 0)
      }
      #expect(isRight)
    }
  }
}
