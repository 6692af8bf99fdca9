import Addresses
import EchoCore
import Sockets
import SystemPackage
import Testing

@testable import echoc

@Suite("What is told of a server that does not reply")
struct LinkErrorTests {
  private static let udp = Peer(transport: .udp, endpoint: Endpoint(address: .loopbackIPv4, port: 7))
  private static let tcp = Peer(transport: .tcp, endpoint: Endpoint(address: .loopbackIPv4, port: 7))
  private static let unreachable = ReportedError(
    .noRouteToHost, report: ICMPReport(sender: ZonedAddress(IPAddress(v4: 0xC000_0201)), type: 3, code: 1))

  @Test(
    "distinguishes what can be mended in different places",
    arguments: [
      (LinkError.noReply(udp, .timeout(milliseconds: 5000)), "no reply from udp 127.0.0.1:7 within 5 s"),
      (
        .noReply(tcp, .timeout(milliseconds: 250)),
        "tcp 127.0.0.1:7 accepted the connection, but sent no reply within 0.25 s"
      ),
      (.noReply(tcp, .closed), "no reply from tcp 127.0.0.1:7: the server closed the connection"),
      (
        .cannotConnect([ConnectFailure(peer: tcp, cause: .timeout(milliseconds: 1))]),
        "cannot connect to tcp 127.0.0.1:7: no answer within 0.001 s"
      ),
      (
        .cannotConnect([ConnectFailure(peer: tcp, cause: .failed(ReportedError(.timedOut)))]),
        "cannot connect to tcp 127.0.0.1:7: no answer"
      ),
      (
        .cannotConnect([ConnectFailure(peer: tcp, cause: .failed(unreachable))]),
        "cannot connect to tcp 127.0.0.1:7: host unreachable (reported by 192.0.2.1)"
      ),
      (
        .noReply(udp, .failed(unreachable)),
        "no reply from udp 127.0.0.1:7: host unreachable (reported by 192.0.2.1)"
      ),
      (
        .noReply(udp, .failed(ReportedError(.connectionRefused))),
        "no reply from udp 127.0.0.1:7: Connection refused"
      ),
    ])
  func sentences(error: LinkError, sentence: String) {
    #expect(error.description == sentence)
  }
}
