import Addresses
import Dispatch
import EchoCore
import Sockets
import SystemPackage
import Testing

@testable import echoc

/// 127.0.0.2 and above stand for a server's other addresses: a server on 127.0.0.1 leaves the same port there unused.
func loopback(_ host: UInt32, port: UInt16 = 0) -> Endpoint {
  Endpoint(address: IPAddress(v4: 0x7F00_0000 + host), port: port)
}

func peers(_ transport: Transport, _ endpoints: Endpoint...) -> [Peer] {
  endpoints.map { Peer(transport: transport, endpoint: $0) }
}

/// A listener whose queue is full: the kernel takes no connection request there, and whoever connects waits.
final class SilentListener {
  private let socket: ListeningSocket
  private let waiting: [Waiting]

  private final class Waiting {
    let socket: StreamSocket
    init(_ socket: consuming StreamSocket) { self.socket = socket }
  }

  init(at endpoint: Endpoint) throws {
    let socket = try ListeningSocket(boundTo: endpoint, backlog: 0)
    let endpoint = try #require(try socket.descriptor.localEndpoint())
    waiting = try (0..<4).map { _ in Waiting(try StreamSocket(connectingTo: endpoint)) }
    self.socket = socket
  }

  func endpoint() throws -> Endpoint? { try socket.descriptor.localEndpoint() }

  /// Makes room for whoever connects.
  func makeRoom() throws { while try socket.accept() != nil {} }
}

/// A server on its own thread that answers so many datagrams.
final class DatagramServer: Sendable {
  private let socket: DatagramSocket
  let endpoint: Endpoint

  init(at endpoint: Endpoint, answering count: Int = 1) throws {
    socket = try DatagramSocket(boundTo: endpoint)
    self.endpoint = try #require(try socket.descriptor.localEndpoint())
    DispatchQueue(label: "server").async { for _ in 0..<count { self.answer() } }
  }

  private func answer() {
    var batch = DatagramBatch()
    guard (try? socket.descriptor.wait(for: .readable, milliseconds: 30_000)) == true,
      let count = try? batch.receive(from: socket)
    else { return }
    for index in 0..<count {
      batch.reply(at: index, byteCount: batch.datagram(at: index).byteCount, from: nil)
    }
    _ = batch.sendReplies(on: socket, patience: 1000)
  }
}

/// A server on its own thread that answers one message on each of so many connections, and closes it.
final class StreamServer: Sendable {
  private let socket: ListeningSocket
  let endpoint: Endpoint

  init(at endpoint: Endpoint, answering count: Int) throws {
    socket = try ListeningSocket(boundTo: endpoint, backlog: 8)
    self.endpoint = try #require(try socket.descriptor.localEndpoint())
    DispatchQueue(label: "server").async { for _ in 0..<count { try? self.answer() } }
  }

  private func answer() throws {
    let set = try ReadinessSet()
    try set.add(socket.descriptor, for: .readable, token: 0)
    guard set.wait(milliseconds: 30_000) > 0, let connection = try socket.accept()?.takeSocket(),
      try connection.descriptor.wait(for: .readable, milliseconds: 30_000)
    else { return }
    var buffer = [UInt8](repeating: 0, count: 1024)
    if case .bytes(let count) = try connection.receive(into: &buffer) {
      _ = try connection.send(buffer[..<count])
    }
  }
}
