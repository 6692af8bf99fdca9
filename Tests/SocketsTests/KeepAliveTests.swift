import Addresses
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Sockets

@Suite("A keepalive")
struct KeepAliveTests {
  @Test(
    "probes four times, a quarter of the idle time apart, in whole seconds",
    arguments: [(120, 30, 240), (1, 1, 5), (7, 1, 11), (8, 2, 16), (32_767, 8191, 65_531)])
  func times(idle: Int, interval: Int, total: Int) throws {
    let keepAlive = try #require(KeepAlive(idleSeconds: idle))
    #expect(keepAlive.intervalSeconds == interval && keepAlive.totalSeconds == total)
  }

  @Test("is none after 0 seconds")
  func never() {
    #expect(KeepAlive(idleSeconds: 0) == nil)
  }

  @Test(
    "is inherited by the connections that a socket accepts, until it is turned off",
    arguments: ["127.0.0.1", "::"])
  func inherited(address: String) throws {
    let listening = try ListeningSocket(boundTo: .at(address), backlog: 4)
    let port = try #require(try listening.descriptor.localEndpoint()).port
    for idleSeconds in [8, 120, 32_767, 0] {
      try listening.descriptor.setKeepAlive(KeepAlive(idleSeconds: idleSeconds))
      let client = try PlainSocket(connectedTo: .at("127.0.0.1", port: port))
      let accepted = try listening.acceptNext().takeSocket()
      #expect(try option(accepted, SOL_SOCKET, SO_KEEPALIVE) == (idleSeconds == 0 ? 0 : 1))
      guard idleSeconds > 0 else { continue }
      #expect(try option(accepted, Int32(IPPROTO_TCP), TCP_KEEPIDLE) == idleSeconds)
      #expect(try option(accepted, Int32(IPPROTO_TCP), TCP_KEEPINTVL) == idleSeconds / 4)
      #expect(try option(accepted, Int32(IPPROTO_TCP), TCP_KEEPCNT) == 4)
      withExtendedLifetime(client) {}
    }
  }

  private func option(_ socket: borrowing StreamSocket, _ level: Int32, _ name: Int32) throws -> Int32 {
    try SystemCall.option(socket.descriptor, level: level, name)
  }

  @Test("does not exist on a Unix socket, which is no error")
  func unix() throws {
    let directory = try TemporaryDirectory()
    let listening = try ListeningSocket(unixPath: directory.file("socket"), backlog: 8)
    try listening.descriptor.setKeepAlive(KeepAlive(idleSeconds: 1))
    #expect(try SystemCall.option(listening.descriptor, level: SOL_SOCKET, SO_KEEPALIVE) == 0)
  }

  @Test("can be given to those that wait, because the socket knows their number")
  func waiting() throws {
    let listening = try ListeningSocket(boundTo: .at("127.0.0.1"), backlog: 8)
    let server = try #require(try listening.descriptor.localEndpoint())
    #expect(listening.descriptor.waitingConnections == 0)
    let clients = try (0..<3).map { _ in try PlainSocket(connectedTo: server) }
    #expect(listening.descriptor.waitingConnections == 3)
    _ = try listening.acceptNext()
    #expect(listening.descriptor.waitingConnections == 2)
    withExtendedLifetime(clients) {}
  }
}
