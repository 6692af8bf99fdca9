import Addresses
import EchoCore
import Sockets
import SystemPackage
import Testing

@testable import echoc

@Suite("A host with several addresses over UDP")
struct DatagramLinkTests {
  @Test("is used at the first one that does not refuse")
  func refusal() throws {
    let server = try DatagramServer(at: loopback(1))
    let talker = try UDPTalker(peers(.udp, loopback(2, port: server.endpoint.port), server.endpoint))
    #expect(try talker.reply(to: [1, 2, 3]) == Reply(bytes: [1, 2, 3]))
  }

  @Test("is used at the first one that answers, and from then on only there")
  func silence() throws {
    let server = try DatagramServer(at: loopback(1), answering: 2)
    let silent = try DatagramSocket(boundTo: loopback(2, port: server.endpoint.port))
    let talker = try UDPTalker(peers(.udp, loopback(2, port: server.endpoint.port), server.endpoint))
    for line in [[1, 2, 3], [4]] as [[UInt8]] { #expect(try talker.reply(to: line) == Reply(bytes: line)) }
    #expect(try silent.dropDatagram())
    #expect(try !silent.dropDatagram())
  }

  @Test("has the message at the next one when one does not take it")
  func unsendable() throws {
    // Longer than a datagram over IPv4, and not over IPv6, where nobody listens either.
    let line = [UInt8](repeating: 1, count: 65_520)
    let ipv6 = IPAddress(bits: 1)
    let socket = try DatagramSocket(boundTo: Endpoint(address: ipv6, port: 0))
    let port = try #require(try socket.descriptor.localEndpoint()).port
    let peers = peers(.udp, loopback(1, port: port), Endpoint(address: ipv6, port: port))
    try socket.stopReceiving()
    let talker = try UDPTalker(peers)
    let report = ICMPReport(sender: ZonedAddress(ipv6), type: 1, code: 4)
    let refused = ReportedError(.connectionRefused, report: report)
    #expect(throws: LinkError.noReply(peers[1], .failed(refused))) { _ = try talker.reply(to: line) }
  }

  @Test("waits for an address that is silent after the others refused")
  func patience() throws {
    let socket = try DatagramSocket(boundTo: loopback(1))
    let endpoint = try #require(try socket.descriptor.localEndpoint())
    let set = try ReadinessSet()
    let peers = peers(.udp, endpoint, loopback(2, port: endpoint.port))
    let link = try DatagramLink(peers, set, token: 0)
    // The other one refuses, so it is not the one that was waited for.
    #expect(throws: LinkError.noReply(peers[0], .timeout(milliseconds: 100))) {
      _ = try link.exchange([1], delay: 1, timeout: 100, set) { _ in true }
    }
  }

  @Test("gets a message at the address whose late reply comes meanwhile")
  func lateReply() throws {
    let second = try DatagramSocket(boundTo: loopback(1))
    let endpoint = try #require(try second.descriptor.localEndpoint())
    let first = try DatagramSocket(boundTo: loopback(2, port: endpoint.port))
    let peers = peers(.udp, loopback(2, port: endpoint.port), endpoint)
    let set = try ReadinessSet()
    let link = try DatagramLink(peers, set, token: 0)
    #expect(throws: LinkError.noReply(peers[1], .timeout(milliseconds: 2000))) {
      _ = try link.exchange([1], delay: 1, timeout: 2000, set) { _ in true }
    }
    #expect(try receive(on: first, answering: true) == 1)
    #expect(throws: LinkError.noReply(peers[0], .timeout(milliseconds: 100))) {
      _ = try link.exchange([2], delay: 1000, timeout: 100, set) { $0 == [2] }
    }
    #expect(try receive(on: first) == 1)
  }

  @Test("is chosen by a probe: the first that answers")
  func probe() throws {
    let server = try DatagramServer(at: loopback(1))
    let silent = try DatagramSocket(boundTo: loopback(2, port: server.endpoint.port))
    let peers = peers(.udp, loopback(2, port: server.endpoint.port), server.endpoint)
    #expect(try DatagramLink.firstToAnswer(of: peers, bytes: 8) == peers[1])
    #expect(try silent.dropDatagram())
  }

  @Test("is chosen by a probe: one that is silent, if no other answers")
  func silentProbe() throws {
    let silent = try DatagramSocket(boundTo: loopback(2))
    let endpoint = try #require(try silent.descriptor.localEndpoint())
    let peers = peers(.udp, endpoint, loopback(3, port: endpoint.port))
    #expect(try DatagramLink.firstToAnswer(of: peers, bytes: 8) == peers[0])
  }

  /// Takes what came, which on loopback is at once, and returns how many datagrams that was.
  private func receive(on socket: borrowing DatagramSocket, answering: Bool = false) throws -> Int {
    var batch = DatagramBatch()
    let count = try batch.receive(from: socket)
    guard answering else { return count }
    for index in 0..<count {
      batch.reply(at: index, byteCount: batch.datagram(at: index).byteCount, from: nil)
    }
    return batch.sendReplies(on: socket, patience: 1000).messages
  }
}
