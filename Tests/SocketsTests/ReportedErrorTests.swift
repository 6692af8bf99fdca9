import Addresses
import SystemPackage
import TestSupport
import Testing

@testable import Sockets

@Suite("An error that the network reports")
struct ReportedErrorTests {
  @Test(
    "is told in words, with who says so",
    arguments: [
      ("192.0.2.9", 3, 0, Errno.networkUnreachable, "network unreachable (reported by 192.0.2.9)"),
      ("192.0.2.9", 3, 1, .noRouteToHost, "host unreachable (reported by 192.0.2.9)"),
      ("192.0.2.9", 3, 3, .connectionRefused, "Connection refused (reported by 192.0.2.9)"),
      ("192.0.2.9", 3, 4, .messageTooLong, "message too long for the path MTU (reported by 192.0.2.9)"),
      ("192.0.2.9", 3, 13, .noRouteToHost, "administratively prohibited (reported by 192.0.2.9)"),
      ("192.0.2.9", 11, 0, .noRouteToHost, "time to live exceeded (reported by 192.0.2.9)"),
      ("192.0.2.9", 12, 0, .protocolError, "Protocol error (reported by 192.0.2.9)"),
      ("fe80::9%eth0", 1, 0, .networkUnreachable, "network unreachable (reported by fe80::9%eth0)"),
      ("2001:db8::9", 1, 1, .permissionDenied, "administratively prohibited (reported by 2001:db8::9)"),
      ("2001:db8::9", 1, 3, .noRouteToHost, "host unreachable (reported by 2001:db8::9)"),
      ("2001:db8::9", 2, 0, .messageTooLong, "message too long for the path MTU (reported by 2001:db8::9)"),
      ("2001:db8::9", 3, 0, .noRouteToHost, "hop limit exceeded (reported by 2001:db8::9)"),
    ])
  func words(sender: String, type: UInt8, code: UInt8, error: Errno, text: String) throws {
    let report = try ICMPReport(sender: #require(ZonedAddress(sender)), type: type, code: code)
    let reported = ReportedError(error, report: report)
    #expect(try reported.text(to: #require(IPAddress("192.0.2.1"))) == text)
  }

  @Test("names nobody when the peer itself refuses, or nobody reported it")
  func withoutName() throws {
    let peer = try #require(IPAddress("192.0.2.1"))
    let report = ICMPReport(sender: ZonedAddress(peer), type: 3, code: 3)
    #expect(ReportedError(.connectionRefused, report: report).text(to: peer) == "Connection refused")
    #expect(ReportedError(.timedOut).text(to: peer) == "Connection timed out")
  }

  @Test("waits with the message that it is about until it is taken", arguments: ["127.0.0.1", "::1"])
  func queued(address: String) throws {
    let endpoint = try PlainSocket(.udp, boundTo: .at(address)).localEndpoint()
    let socket = try DatagramSocket(connectedTo: endpoint, queueingErrors: true)
    let message = Array(0..<UInt8(2 * QueuedError.messageLimit))
    _ = try socket.send(message)
    #expect(try socket.descriptor.wait(for: .readable, milliseconds: patience))
    var buffer = [UInt8](repeating: 0, count: 10)
    #expect(throws: Errno.connectionRefused) { try socket.receive(into: &buffer) }
    let isIPv4 = endpoint.address.isIPv4
    let report = ICMPReport(
      sender: ZonedAddress(endpoint.address), type: isIPv4 ? 3 : 1, code: isIPv4 ? 3 : 4)
    #expect(
      socket.takeQueuedError()
        == QueuedError(
          reported: ReportedError(.connectionRefused, report: report),
          message: Array(message.prefix(QueuedError.messageLimit))))
    #expect(socket.takeQueuedError() == nil)
    #expect(try !socket.descriptor.wait(for: .readable, milliseconds: 0))
  }

  @Test("is not an error of the kernel's own, which leaves nothing in the queue")
  func ownErrors() throws {
    let peer = try PlainSocket(.udp, boundTo: .at("127.0.0.1"))
    let socket = try DatagramSocket(connectedTo: peer.localEndpoint(), queueingErrors: true)
    for _ in 0..<2 {
      #expect(throws: Errno.messageTooLong) { try socket.send([UInt8](repeating: 1, count: 65_510)) }
      #expect(socket.takeQueuedError() == nil)
      #expect(try !socket.descriptor.wait(for: .readable, milliseconds: 0))
    }
  }
}
