import Addresses
import Dispatch
@testable import EchoCore
@testable import EchoServer
import Testing
import TestSupport

@Suite("The answers of the queues to the admin socket")
struct InquiryTests {
  private static let anyPort = AdminEndpoint.tcp(address: .loopbackIPv4, port: 0)

  private func withServer(
    _ listeners: [ListenerConfiguration], _ body: (ServerUnderTest) async throws -> Void
  ) async throws {
    try await ServerUnderTest.with(listeners, admin: Self.anyPort, body)
  }

  private func get(_ target: String, from echod: ServerUnderTest) async throws -> String {
    try await echod.exchange("GET \(target) HTTP/1.0\r\n\r\n")
  }

  /// The answer of queues that are well. On a busy machine they can be late, so they are asked again then.
  private func answer(to target: String, from echod: ServerUnderTest) async throws -> String {
    var answer = ""
    _ = try await eventually {
      answer = try await get(target, from: echod)
      return !answer.hasPrefix("HTTP/1.1 503 ")
    }
    return answer
  }

  /// The clients of a listener, each as `[endpoint, messages, bytes]`.
  private func clients(of listener: String, _ echod: ServerUnderTest) async throws -> [[String]] {
    let answer = try await answer(to: "/clients?listener=\(listener)", from: echod)
    let content = answer.split(separator: "\r\n\r\n", maxSplits: 1).last.map(String.init) ?? ""
    return content.split(separator: "\"client\": ").dropFirst().map { client in
      client.split(separator: "\n").prefix(3).map { line in
        String(line.split(separator: ": ").last ?? "").filter { !"\",".contains($0) }
      }
    }
  }

  @Test("are the clients of a UDP listener, with what they have sent")
  func datagramClients() async throws {
    try await withServer([.test(.udp) { $0.queues = 2 }]) { echod in
      let sockets = try [PlainSocket(.udp), PlainSocket(.udp), PlainSocket(.udp)]
      for (index, socket) in sockets.enumerated() {
        for _ in 0...index {
          try await socket.send(Array("hello".utf8), to: echod.endpoint("udp"))
          _ = try await socket.receiveDatagram()
        }
      }
      let expected = try [2, 1, 0].map { index in
        let endpoint = try sockets[index].localEndpoint()
        return ["127.0.0.1:\(endpoint.port)", "\(index + 1)", "\(5 * (index + 1))"]
      }
      #expect(try await clients(of: "udp", echod) == expected)
    }
  }

  @Test("are the connections of a TCP listener, as long as they are open")
  func connections() async throws {
    try await withServer([.test(.tcp)]) { echod in
      var sockets = [try await echod.connect("tcp"), try await echod.connect("tcp")]
      try await sockets[0].send(Array("hello".utf8))
      _ = try await sockets[0].receive(exactly: 5)
      let expected = try [(sockets[0], "1", "5"), (sockets[1], "0", "0")].map { socket, messages, bytes in
        ["127.0.0.1:\(try socket.localEndpoint().port)", messages, bytes]
      }
      #expect(try await eventually { try await clients(of: "tcp", echod) == expected })
      sockets.removeAll()
      #expect(try await eventually { try await clients(of: "tcp", echod).isEmpty })
    }
  }

  @Test("show which listener has a queue that hangs, and that the others are healthy")
  func hangingQueue() async throws {
    let listeners = [ListenerConfiguration.test(.udp) { $0.queues = 2 }, .test(.tcp)]
    try await withServer(listeners) { echod in
      let gate = DispatchSemaphore(value: 0)
      // Also if something is thrown: the server would wait for the queue.
      defer { gate.signal() }
      try #require(await echod.server.queues.first).executor.perform { gate.wait() }
      let (hanging, well) = ("/healthz?listener=udp", "/healthz?listener=tcp")
      #expect(try await get(hanging, from: echod).hasPrefix("HTTP/1.1 503 "))
      #expect(try await get("/clients?listener=udp", from: echod).hasPrefix("HTTP/1.1 503 "))
      // A queue that is well may be late on a busy machine.
      for target in [well, "/clients?listener=tcp"] {
        #expect(try await eventually { try await get(target, from: echod).hasPrefix("HTTP/1.1 200 ") })
      }
      #expect(
        try await eventually {
          let stats = try await get("/stats", from: echod)
          return stats.split(separator: "\"queuesNotAnswering\": 1").count == 2
        })
      gate.signal()
      #expect(try await eventually { try await get(hanging, from: echod).hasPrefix("HTTP/1.1 200 ") })
      #expect(
        try await eventually { try await !get("/stats", from: echod).contains("queuesNotAnswering") })
    }
  }

  @Test("are answered while a stop drains: the statistics are still there, and nothing is healthy")
  func stop() async throws {
    try await ServerUnderTest.with([.test(.tcp)], admin: Self.anyPort, drainSeconds: 3600) { echod in
      // A client that does not read its replies holds the drain open.
      var clients = [try await echod.connect("tcp")]
      let chunk = [UInt8](repeating: 1, count: 65_536)
      #expect(
        try await eventually {
          clients[0].sendWhileItFits(chunk) == 0
            ? try await echod.statistics("tcp")[.messagesReceived] > 0 : false
        })
      let server = echod.server
      let admin = try await echod.adminSocket()
      let stop = Task { await server.stop() }
      #expect(await eventually { server.state == .stopping })
      var answers: [String] = []
      for target in ["/stats", "/healthz?listener=tcp", "/clients?listener=tcp"] {
        let client = try PlainSocket(connectedTo: admin)
        try await client.send(Array("GET \(target) HTTP/1.0\r\n\r\n".utf8))
        answers.append(String(decoding: try await client.receiveToEnd(), as: UTF8.self))
      }
      clients.removeAll()
      await stop.value
      #expect(answers[0].contains("\"state\": \"stopping\"") && answers[0].contains("\"name\": \"tcp\""))
      #expect(answers.dropFirst().allSatisfy { $0.hasPrefix("HTTP/1.1 503 ") })
    }
  }

  @Test("go to the right requests, even when one connection sends many at once")
  func pipelined() async throws {
    try await withServer([.test(.udp), .test(.tcp)]) { echod in
      let targets = [
        "/clients?listener=udp", "/stats", "/clients?listener=none", "/clients?listener=tcp",
        "/healthz?listener=tcp",
        "/healthz?listener=none", "/clients?listener=udp&limit=1",
      ]
      let requests = targets.map { "GET \($0) HTTP/1.1\r\nHost: localhost\r\n\r\n" }
      let last = "GET /clients HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
      var statuses: [Substring] = []
      // On a busy machine a queue can be late.
      _ = try await eventually {
        let answer = try await echod.exchange(requests.joined() + last)
        statuses = answer.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("HTTP/1.1 ") }
          .map { $0.split(separator: " ")[1] }
        return !statuses.contains("503")
      }
      #expect(statuses == ["200", "200", "404", "200", "200", "404", "200", "400"])
    }
  }

  @Test("reach each of many clients, whatever each of them asks")
  func crowd() async throws {
    try await withServer([.test(.udp), .test(.tcp)]) { echod in
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<60 {
          let target = [
            "/stats", "/clients?listener=udp", "/healthz?listener=tcp", "/clients?listener=x\(number)",
          ][number % 4]
          group.addTask {
            try await answer(to: target, from: echod).contains(number % 4 == 3 ? " 404 " : " 200 ")
          }
        }
        for try await isRight in group { #expect(isRight) }
      }
    }
  }
}
