import Testing

@testable import EchoCore

@Suite("A passed socket in a sentence")
struct ActivationSocketTests {
  private func unserved(_ count: Int) -> [UnservedSocket] {
    (0..<count).map { number in
      let address = BoundAddress.internet(.tcp, .loopbackIPv4, port: UInt16(number + 1))
      let socket = ActivationSocket(name: "echod.socket", transport: .tcp, address: address)
      return UnservedSocket(number: number, socket: socket, reason: .noOwner)
    }
  }

  @Test("has its name and where it is bound")
  func description() {
    #expect(unserved(1)[0].description == "\"echod.socket\" (tcp 127.0.0.1:1)")
    #expect(
      ActivationSocket(name: "a\u{1B}b", transport: .tcp, address: .unix(path: "/run/x")).description
        == "\"a\\u001Bb\" (unix /run/x)")
    #expect(ActivationSocket(name: "x", transport: .tcp, address: nil).description == "\"x\" (no address)")
  }

  @Test("that nobody serves is named, or counted after the first few")
  func sentence() {
    #expect(unserved(0).sentence == nil)
    #expect(
      unserved(1).sentence == "The passed socket \"echod.socket\" (tcp 127.0.0.1:1) is not served.")
    #expect(
      unserved(2).sentence
        == "The passed sockets \"echod.socket\" (tcp 127.0.0.1:1), \"echod.socket\" (tcp 127.0.0.1:2) are not served."
    )
    let many = unserved(UnservedSocket.namedCount + 3).sentence ?? ""
    #expect(many.hasSuffix("(tcp 127.0.0.1:\(UnservedSocket.namedCount)) and 3 more are not served."))
  }

  @Test("that nobody serves has a reason that tells what the configuration has")
  func reasons() {
    let surplus = UnservedSocket.Reason.surplusOfListener(name: "web", queues: 1)
    #expect("\(surplus)" == "listener web already has a socket for each of its queues (1)")
    #expect(
      "\(UnservedSocket.Reason.surplusOfListener(name: "web", queues: 2))"
        == "listener web already has a socket for each of its queues (2)")
  }
}
