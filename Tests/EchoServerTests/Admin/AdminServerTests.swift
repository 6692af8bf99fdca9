import Addresses
@testable import EchoCore
import EchoServer
import Glibc
import Testing
import TestSupport

@Suite("The admin socket")
struct AdminServerTests {
  private static let anyPort = AdminEndpoint.tcp(address: .loopbackIPv4, port: 0)

  private func withServer(
    _ admin: AdminEndpoint = anyPort, log: LogRecorder = LogRecorder(),
    _ body: (ServerUnderTest) async throws -> Void
  ) async throws {
    try await ServerUnderTest.with([.test(.udp)], admin: admin, log: log, body)
  }

  @Test("shows the statistics of the moment")
  func stats() async throws {
    try await withServer { echod in
      let client = try PlainSocket(.udp)
      for _ in 0..<3 {
        try await client.send(Array("hello, world".utf8), to: echod.endpoint("udp"))
        _ = try await client.receiveDatagram()
      }
      let answer = try await echod.exchange("GET /stats HTTP/1.0\r\n\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 200 "))
      let content = answer.split(separator: "\r\n\r\n", maxSplits: 1).last.map(String.init) ?? ""
      #expect(
        content.filter { !$0.isWhitespace }.contains(
          #""messages":{"received":3,"sent":3},"bytes":{"received":36,"sent":36},"clients":{"current":1,"total":1}"#
        ))
    }
  }

  @Test(
    "answers on every path of the contract",
    arguments: [
      ("/healthz", "ok\n"), ("/metrics", "echod_messages_received_total"), ("/", "/stats"),
      ("/stats", "\"listeners\""),
    ])
  func paths(path: String, content: String) async throws {
    try await withServer { echod in
      let answer = try await echod.exchange(
        "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.contains(content))
    }
  }

  @Test("answers pipelined requests in their order, on one connection, however their bytes are split")
  func pipelining() async throws {
    try await withServer { echod in
      let client = try await echod.connectToAdmin()
      let requests = ["/healthz", "/none", "/stats", "/healthz"].map {
        "GET \($0) HTTP/1.1\r\nHost: localhost\r\n\r\n"
      }
      let last = "GET /none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
      for byte in (requests.joined() + last).utf8 { try await client.send([byte]) }
      let answer = String(decoding: try await client.receiveToEnd(), as: UTF8.self)
      let statusLines = answer.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("HTTP/1.1 ") }
      let statuses = statusLines.map { $0.split(separator: " ")[1] }
      #expect(statuses == ["200", "404", "200", "200", "404"])
    }
  }

  /// A request that is refused, under a name that fits a line.
  struct BadRequest: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let text: String
    let status: String
  }

  @Test(
    "tells what was wrong and closes",
    arguments: [
      BadRequest(testDescription: "no request", text: "nonsense\r\n\r\n", status: "400"),
      BadRequest(testDescription: "no host", text: "GET / HTTP/1.1\r\n\r\n", status: "400"),
      BadRequest(
        testDescription: "another host",
        text: "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n",
        status: "421"),
      BadRequest(
        testDescription: "a long line",
        text: "GET /\(String(repeating: "a", count: 70_000)) HTTP/1.1\r\n\r\n",
        status: "414"),
      BadRequest(
        testDescription: "endless fields",
        text: "GET / HTTP/1.1\r\n\(String(repeating: "X: y\r\n", count: 40_000))\r\n", status: "431"),
      BadRequest(
        testDescription: "a method that writes", text: "DELETE /stats HTTP/1.0\r\n\r\n", status: "405"),
    ])
  func refusals(request: BadRequest) async throws {
    try await withServer { echod in
      let answer = try await echod.exchange(request.text)
      #expect(answer.hasPrefix("HTTP/1.1 \(request.status) "))
    }
  }

  @Test(
    "sends the date in every response",
    arguments: [
      "GET /healthz HTTP/1.0\r\n\r\n", "GET /stats HTTP/1.0\r\n\r\n", "GET /none HTTP/1.0\r\n\r\n",
      "OPTIONS * HTTP/1.0\r\n\r\n", "POST / HTTP/1.0\r\n\r\n", "nonsense\r\n\r\n",
      "GET / HTTP/1.0\r\nHost: a.example\r\n\r\n", "GET / HTTP/2.0\r\n\r\n",
    ])
  func date(request: String) async throws {
    try await withServer { echod in
      let before = time(nil)
      let answer = try await echod.exchange(request)
      let possible = (before...time(nil)).map { "\r\nDate: \(Timestamp.httpDate(secondsSince1970: $0))\r\n" }
      #expect(possible.contains { answer.contains($0) })
    }
  }

  @Test("answers a client that asks before it sends content, and does not read that as a request")
  func asksFirst() async throws {
    try await withServer { echod in
      let head = "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 30\r\n\r\n"
      #expect(try await echod.exchange(head).hasPrefix("HTTP/1.1 405 "))
      let answer = try await echod.exchange(head + "GET /healthz HTTP/1.0\r\n\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 405 ") && !answer.hasSuffix("ok\n"))
    }
  }

  @Test("reads content in chunks to its end, and then answers the next request")
  func chunks() async throws {
    try await withServer { echod in
      let head = "POST /none HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      let text = head + "5\r\nhello\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
      let answer = try await echod.exchange(text)
      #expect(answer.hasPrefix("HTTP/1.1 404 ") && answer.contains("HTTP/1.1 421 "))
    }
  }

  @Test("tells a client whose request does not come, and closes")
  func requestDeadline() async throws {
    try await withServer { echod in
      let answer = try await echod.exchange("GET /stats HTTP/1.1\r\nHost:")
      #expect(answer.hasPrefix("HTTP/1.1 408 "))
    }
  }

  @Test("answers a client that sends its end right after its request")
  func halfClosed() async throws {
    try await withServer { echod in
      let client = try await echod.connectToAdmin()
      try await client.send(Array("GET /stats HTTP/1.0\r\n\r\n".utf8))
      client.shutdownSending()
      #expect(String(decoding: try await client.receiveToEnd(), as: UTF8.self).hasPrefix("HTTP/1.1 200 "))
    }
  }

  @Test("listens in the file system, takes a dead process's place there, and leaves nothing behind")
  func unixSocket() async throws {
    let path = "/tmp/echod-admin-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"
    for _ in 0..<2 {
      try await withServer(.unix(path: path)) { echod in
        let client = try PlainSocket(connectedToUnixPath: path)
        // Over a Unix socket every name will do.
        try await client.send(Array("GET /healthz HTTP/1.0\r\nHost: any.example\r\n\r\n".utf8))
        #expect(String(decoding: try await client.receiveToEnd(), as: UTF8.self).hasSuffix("ok\n"))
        let error = await #expect(throws: StartError.self) {
          try await withServer(.unix(path: path)) { _ in }
        }
        #expect(error?.description == "the admin socket: cannot bind unix \(path): Address already in use")
      }
      #expect(access(path, F_OK) != 0)
      // As if a process had died: a socket file without a listener.
      try PlainSocket.leaveUnixSocket(at: path)
    }
    unlink(path)
  }

  @Test(
    "leaves its path alone if another process has taken it, when it stops or moves", arguments: [true, false])
  func takenPath(moves: Bool) async throws {
    let path = "/tmp/echod-admin-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"
    try await withServer(.unix(path: path)) { first in
      unlink(path)
      try await withServer(.unix(path: path)) { _ in
        if moves {
          try await first.apply([.test(.udp)], admin: Self.anyPort)
        } else {
          await first.server.stop()
        }
        let client = try PlainSocket(connectedToUnixPath: path)
        try await client.send(Array("GET /healthz HTTP/1.0\r\n\r\n".utf8))
        #expect(String(decoding: try await client.receiveToEnd(), as: UTF8.self).hasSuffix("ok\n"))
      }
      #expect(access(path, F_OK) != 0)
    }
  }

  @Test(
    "binds its path anew by a reload if the file is gone, and leaves it to another process that has taken it")
  func lostPath() async throws {
    let path = "/tmp/echod-admin-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"
    try await withServer(.unix(path: path)) { first in
      unlink(path)
      try await first.apply([.test(.udp)], admin: .unix(path: path))
      let client = try PlainSocket(connectedToUnixPath: path)
      try await client.send(Array("GET /healthz HTTP/1.0\r\n\r\n".utf8))
      #expect(String(decoding: try await client.receiveToEnd(), as: UTF8.self).hasSuffix("ok\n"))
      unlink(path)
      try await withServer(.unix(path: path)) { _ in
        await #expect(throws: StartError.self) {
          try await first.apply([.test(.udp)], admin: .unix(path: path))
        }
      }
    }
  }

  @Test("leaves no file behind if the configuration could not be applied")
  func failedReload() async throws {
    let path = "/tmp/echod-admin-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"
    try await ServerUnderTest.with([.test(.udp, name: "u")]) { echod in
      // The second listener is bound after the admin socket, because it joins the first one's port.
      let port = try await echod.endpoint("u").port
      let stranger = try PlainSocket(
        .udp, boundTo: Endpoint(address: try #require(IPAddress("127.0.0.2")), port: port))
      let second = ListenerConfiguration.test(.udp, name: "v", on: "127.0.0.2") { $0.port = port }
      await #expect(throws: StartError.self) {
        try await echod.apply([.test(.udp, name: "u"), second], admin: .unix(path: path))
      }
      withExtendedLifetime(stranger) {}
    }
    #expect(access(path, F_OK) != 0)
  }

  @Test("answers to the configured names, which a reload changes without another connection")
  func hosts() async throws {
    func change(_ echod: ServerUnderTest, to hosts: [String]) async throws {
      let admin = AdminConfiguration(Self.anyPort, hosts: hosts)
      try await echod.server.apply(Configuration(admin: admin, drainSeconds: 1, listeners: [.test(.udp)]))
    }
    try await withServer { echod in
      let client = try await echod.connectToAdmin()
      func status(of host: String) async throws -> String {
        try await client.send(Array("HEAD /healthz HTTP/1.1\r\nHost: \(host)\r\n\r\n".utf8))
        var response: [UInt8] = []
        while !response.suffix(4).elementsEqual("\r\n\r\n".utf8) { response += try await client.receive() }
        return String(decoding: response.dropFirst(9).prefix(3), as: UTF8.self)
      }
      #expect(try await status(of: "echo-server:8080") == "421")
      try await change(echod, to: ["Echo-Server"])
      #expect(try await status(of: "echo-server:8080") == "200")
      try await change(echod, to: ["other"])
      #expect(try await status(of: "echo-server:8080") == "421")
      #expect(try await status(of: "other") == "200")
    }
  }

  @Test("takes no file's place that is not a socket")
  func unixPathIsFile() async throws {
    let path = "/tmp/echod-file-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    close(open(path, O_CREAT | O_WRONLY, 0o600))
    defer { unlink(path) }
    await #expect(throws: StartError.self) { try await withServer(.unix(path: path)) { _ in } }
    #expect(access(path, F_OK) == 0)
  }

  /// Moves the admin socket to every address with the port that it has, and returns that. Another test may have the same
  /// port at another address: then the kernel is asked for one once more.
  private func moveEverywhere(
    _ echod: ServerUnderTest, _ apply: (AdminEndpoint?) async throws -> Void
  ) async throws -> UInt16 {
    for _ in 0..<5 {
      guard case .tcp(_, let port)? = await echod.server.adminEndpoint else { break }
      do {
        try await apply(.tcp(address: .anyIPv4, port: port))
        return port
      } catch is StartError {
        try await apply(nil)
        try await apply(Self.anyPort)
      }
    }
    throw NoAdminEndpoint()
  }

  @Test("moves, appears and goes with a reload")
  func reload() async throws {
    let listener = ListenerConfiguration.test(.udp)
    try await ServerUnderTest.with([listener], admin: nil) { echod in
      #expect(await echod.server.adminEndpoint == nil)
      func apply(_ admin: AdminEndpoint?) async throws {
        try await echod.server.apply(
          Configuration(admin: admin.map { AdminConfiguration($0) }, drainSeconds: 1, listeners: [listener]))
      }
      try await apply(Self.anyPort)
      #expect(try await echod.exchange("GET /healthz HTTP/1.0\r\n\r\n").hasSuffix("ok\n"))
      let before = await echod.server.adminEndpoint
      try await apply(Self.anyPort)
      #expect(await echod.server.adminEndpoint == before)
      let port = try await moveEverywhere(echod, apply)
      #expect(try await echod.exchange("GET /healthz HTTP/1.0\r\n\r\n").hasSuffix("ok\n"))
      try await apply(nil)
      #expect(throws: PlainSocket.Failure.self) {
        try PlainSocket(connectedTo: Endpoint(address: .loopbackIPv4, port: port))
      }
    }
  }

  @Test("vouches for every queue that answers")
  func responsive() async throws {
    try await withServer { echod in
      // On a busy machine a queue can be late.
      #expect(await eventually { await echod.server.isResponsive() })
    }
  }
}
