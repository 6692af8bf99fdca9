import Addresses
import EchoCore
import Logging
import Sockets
import Testing
import TestSupport

@testable import EchoServer

@Suite("An acceptor")
struct AcceptorTests {
  @Test("without a place to give pauses, however often others make room in vain")
  func noPlace() async throws {
    let listening = SharedSocket(
      try ListeningSocket(boundTo: Endpoint(address: .loopbackIPv4, port: 0), backlog: 1))
    let loop = try EventLoop(label: "test")
    defer { loop.stop() }
    let acceptor = Acceptor(
      listening, on: loop, budget: ConnectionBudget(limit: 0),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    defer { acceptor.intake.close() }
    acceptor.intake.open()
    for _ in 0..<50 {
      acceptor.acceptBatch { _ in }
      #expect(acceptor.intake.isPaused)
      acceptor.intake.resume()
      #expect(!acceptor.intake.isPaused)
    }
  }

  @Test("whose last place is taken pauses only when another connection waits")
  func lastPlace() async throws {
    let listening = SharedSocket(
      try ListeningSocket(boundTo: Endpoint(address: .loopbackIPv4, port: 0), backlog: 8))
    let loop = try EventLoop(label: "test")
    defer { loop.stop() }
    let acceptor = Acceptor(
      listening, on: loop, budget: ConnectionBudget(limit: 3),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    defer { acceptor.intake.close() }
    acceptor.intake.open()
    let server = try #require(try listening.socket.descriptor.localEndpoint())
    var clients = try (0..<3).map { _ in try PlainSocket(connectedTo: server) }
    var accepted = 0
    func serve() {
      loop.serveWaiting { _ in
        acceptor.acceptBatch {
          accepted += 1
          _ = $0.takeSocket()
        }
      }
    }
    serve()
    #expect(accepted == clients.count && !acceptor.intake.isPaused)
    clients.append(try PlainSocket(connectedTo: server))
    serve()
    #expect(accepted == clients.count - 1 && acceptor.intake.isPaused)
  }

  @Test("takes one of the connections that wait, and in the next turn all others")
  func crowd() async throws {
    let listening = SharedSocket(
      try ListeningSocket(boundTo: Endpoint(address: .loopbackIPv4, port: 0), backlog: 8))
    let loop = try EventLoop(label: "test")
    defer { loop.stop() }
    let acceptor = Acceptor(
      listening, on: loop, budget: ConnectionBudget(limit: 8),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    defer { acceptor.intake.close() }
    acceptor.intake.open()
    let server = try #require(try listening.socket.descriptor.localEndpoint())
    let clients = try (0..<5).map { _ in try PlainSocket(connectedTo: server) }
    var turns: [Int] = []
    loop.serveWaiting { _ in
      turns.append(0)
      acceptor.acceptBatch { accepted in
        turns[turns.count - 1] += 1
        _ = accepted.takeSocket()
      }
    }
    #expect(turns == [1, clients.count - 1])
  }
}
