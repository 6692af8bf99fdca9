import Addresses
import Dispatch
import EchoCore
import Sockets
import SystemPackage
import Testing

@testable import echoc

/// A server may be on only the last of a name's addresses. 127.0.0.2 stands for the others: a server on 127.0.0.1 leaves
/// the same port there unused.
@Suite("A host with several addresses")
struct ConnectAttemptsTests {
  private let other = IPAddress(v4: 0x7F00_0002)

  @Test("is used over TCP at the first one that accepts the connection")
  func tcp() throws {
    let listening = try ListeningSocket(boundTo: Endpoint(address: .loopbackIPv4, port: 0), backlog: 1)
    let endpoint = try #require(try listening.descriptor.localEndpoint())
    _ = try TCPTalker(peers(.tcp, Endpoint(address: other, port: endpoint.port), endpoint))
    // Connected means that the kernel has it for us to accept.
    let isThere = try listening.accept() != nil
    #expect(isThere)
  }

  @Test("is reported with every error when none accepts it")
  func refused() throws {
    let listening = try ListeningSocket(boundTo: Endpoint(address: .loopbackIPv4, port: 0), backlog: 1)
    let port = try #require(try listening.descriptor.localEndpoint()).port
    let peers = peers(
      .tcp, Endpoint(address: other, port: port), Endpoint(address: IPAddress(v4: 0x7F00_0003), port: port))
    let error = LinkError.cannotConnect(
      peers.map { ConnectFailure(peer: $0, error: .connectionRefused) })
    #expect(throws: error) { _ = try TCPTalker(peers) }
    #expect(
      error.description == """
        cannot connect to tcp 127.0.0.2:\(port): Connection refused, nor to tcp 127.0.0.3:\(port): Connection refused
        """)
  }

  @Test("is used over UDP at the first one that does not refuse")
  func udp() async throws {
    let socket = try DatagramSocket(boundTo: Endpoint(address: .loopbackIPv4, port: 0))
    let endpoint = try #require(try socket.descriptor.localEndpoint())
    let server = Server(socket)
    DispatchQueue(label: "server").async { server.answerOnce() }
    let talker = try UDPTalker(peers(.udp, Endpoint(address: other, port: endpoint.port), endpoint))
    #expect(try talker.reply(to: [1, 2, 3]) == Reply(bytes: [1, 2, 3]))
  }

  @Test("is used over UDP at the next one when one does not take the message")
  func unsendable() throws {
    // Longer than a datagram over IPv4, and not over IPv6, where nobody listens either.
    let line = [UInt8](repeating: 1, count: 65_520)
    let ipv6 = IPAddress(bits: 1)
    let socket = try DatagramSocket(boundTo: Endpoint(address: ipv6, port: 0))
    let port = try #require(try socket.descriptor.localEndpoint()).port
    let peers = peers(
      .udp, Endpoint(address: .loopbackIPv4, port: port), Endpoint(address: ipv6, port: port))
    try socket.stopReceiving()
    let talker = try UDPTalker(peers)
    #expect(throws: LinkError.noReply(peers[1], .failed(.connectionRefused))) {
      _ = try talker.reply(to: line)
    }
  }

  @Test("gets a ping's message once, though the address before it refused the one before")
  func ping() throws {
    let socket = try DatagramSocket(boundTo: Endpoint(address: .loopbackIPv4, port: 0))
    let endpoint = try #require(try socket.descriptor.localEndpoint())
    let session = PingSession(messageBytes: 8, Console(), isQuiet: true)
    let pinger = try UDPPinger(
      peers(.udp, Endpoint(address: other, port: endpoint.port), endpoint), session, PingLoop())
    // The first message's refusal is reported when the second one is sent.
    for _ in 0..<2 { try pinger.send() }
    var batch = DatagramBatch()
    #expect(try socket.descriptor.wait(for: .readable, milliseconds: 5000))
    #expect(try batch.receive(from: socket) == 1)
  }

  private func peers(_ transport: Transport, _ endpoints: Endpoint...) -> [Peer] {
    endpoints.map { Peer(transport: transport, endpoint: $0) }
  }

  private final class Server: Sendable {
    private let socket: DatagramSocket

    init(_ socket: consuming DatagramSocket) { self.socket = socket }

    func answerOnce() {
      var batch = DatagramBatch()
      guard (try? socket.descriptor.wait(for: .readable, milliseconds: 5000)) == true,
        let count = try? batch.receive(from: socket)
      else { return }
      for index in 0..<count {
        batch.reply(at: index, byteCount: batch.datagram(at: index).byteCount, from: nil)
      }
      _ = batch.sendReplies(on: socket, patience: 1000)
    }
  }
}
