import Addresses
import EchoCore
import Sockets
import SystemPackage
import Testing

@testable import echoc

@Suite("A host with several addresses over TCP")
struct ConnectRaceTests {
  @Test("is used at the first one that accepts the connection")
  func refusal() throws {
    let listening = try ListeningSocket(boundTo: loopback(1), backlog: 1)
    let endpoint = try #require(try listening.descriptor.localEndpoint())
    let winner = try ConnectRace.winner(of: peers(.tcp, loopback(2, port: endpoint.port), endpoint))
    #expect(winner.peer.endpoint == endpoint)
    // Connected means that the kernel has it for us to accept.
    let isThere = try listening.accept() != nil
    #expect(isThere)
  }

  @Test("is used at the next one when one is silent, and from then on only there")
  func silence() throws {
    let server = try StreamServer(at: loopback(1), answering: 3)
    let dead = loopback(2, port: server.endpoint.port)
    let silent = try SilentListener(at: dead)
    let talker = try TCPTalker(peers(.tcp, dead, server.endpoint))
    // The one that was silent would be the first to accept now.
    try silent.makeRoom()
    for line in [[1], [2, 2], [3]] as [[UInt8]] {
      #expect(try talker.reply(to: line) == Reply(bytes: line))
    }
  }

  @Test("is not tried at the next one before the delay is over, unless one fails")
  func delay() throws {
    let set = try ReadinessSet()
    let silent = try SilentListener(at: loopback(2))
    let port = try #require(try silent.endpoint()).port
    let (first, other) = (loopback(2, port: port), loopback(3, port: port))
    let race = ConnectRace(peers(.tcp, first, other))
    let begin = SystemClock.monotonicMilliseconds()
    #expect(try race.advance(set, token: 0) == nil)
    #expect(try #require(race.wakeTime) >= begin + 250)
    #expect(set.wait(milliseconds: 0) == 0)

    let failing = ConnectRace(peers(.tcp, other, first, other))
    while try #require(failing.wakeTime) <= begin {
      #expect(try failing.advance(set, token: 0) == nil)
    }
    #expect(try #require(failing.wakeTime) >= begin + 250)
  }

  @Test("is reached by a ping that gives up before it has come to all addresses")
  func impatience() throws {
    let server = try StreamServer(at: loopback(1), answering: 1)
    let silent = try SilentListener(at: loopback(2, port: server.endpoint.port))
    var plan = PingPlan()
    (plan.messageBytes, plan.output) = (8, .json)
    let session = PingSession(try ServerEndpoint("tcp://h"), plan, PingOutput(plan, Console()))
    let loop = try PingLoop()
    let pinger = try TCPPinger(
      peers(.tcp, #require(try silent.endpoint()), server.endpoint), session, loop)
    try pinger.send()
    try pinger.giveUp(after: 0, at: .max)
    #expect(pinger.progress.canSend && session.statistics.errors == 1)
    try pinger.send()
    while !pinger.progress.canSend, loop.set.wait(milliseconds: 5000) > 0 { try pinger.serve() }
    #expect(pinger.peer.endpoint == server.endpoint && session.statistics.received == 1)
  }

  @Test("is reported with every error when none accepts it, in the order of the attempts")
  func refused() throws {
    let listening = try ListeningSocket(boundTo: loopback(1), backlog: 1)
    let port = try #require(try listening.descriptor.localEndpoint()).port
    let silent = try SilentListener(at: loopback(2, port: port))
    let peers = peers(.tcp, loopback(3, port: port), loopback(2, port: port), loopback(4, port: port))
    let set = try ReadinessSet()
    let race = ConnectRace(peers)
    while race.wakeTime != nil {
      #expect(try race.advance(set, token: 0) == nil)
      _ = set.wait(milliseconds: 10)
    }
    while set.wait(milliseconds: 0) > 0 { #expect(try race.advance(set, token: 0) == nil) }
    #expect(
      race.giveUp(afterMilliseconds: 1500).description == """
        cannot connect to tcp 127.0.0.3:\(port): Connection refused, \
        nor to tcp 127.0.0.2:\(port): no answer within 1.5 s, \
        nor to tcp 127.0.0.4:\(port): Connection refused
        """)
    withExtendedLifetime(silent) {}
  }

  @Test("is refused when all refuse")
  func allRefused() throws {
    let listening = try ListeningSocket(boundTo: loopback(1), backlog: 1)
    let port = try #require(try listening.descriptor.localEndpoint()).port
    let peers = peers(.tcp, loopback(2, port: port), loopback(3, port: port))
    let failures = peers.map {
      ConnectFailure(peer: $0, cause: .failed(ReportedError(.connectionRefused)))
    }
    #expect(throws: LinkError.cannotConnect(failures)) { _ = try ConnectRace.winner(of: peers) }
  }

  @Test("is told that its link-local address lacks its zone", arguments: [Transport.udp, .tcp])
  func missingZone(transport: Transport) throws {
    let address = try #require(IPAddress("fe80::7"))
    let peers = peers(transport, Endpoint(address: address, port: 7))
    let error = try #require(
      throws: LinkError.self,
      performing: { _ = transport == .udp ? try UDPTalker(peers) : try TCPTalker(peers) as any Talker })
    #expect(
      error.description
        == "cannot connect to \(transport) [fe80::7]:7: the zone is missing, as in [fe80::7%eth0]")
  }

  @Test(
    "is tried at both families in turns, the resolver's first one first",
    arguments: [
      ("666444", "646464"), ("44466", "46464"), ("4666", "4666"), ("66", "66"), ("6", "6"), ("", ""),
    ])
  func order(given: String, tried: String) {
    let endpoints = given.enumerated().map { index, family in
      Endpoint(address: family == "4" ? .loopbackIPv4 : IPAddress(bits: 1), port: UInt16(index + 1))
    }
    let ordered = endpoints.map { Peer(transport: .tcp, endpoint: $0) }.alternatingFamilies()
    #expect(String(ordered.map { $0.endpoint.address.isIPv4 ? "4" : "6" }) == tried)
    for isIPv4 in [true, false] {
      let ports = ordered.filter { $0.endpoint.address.isIPv4 == isIPv4 }.map(\.endpoint.port)
      #expect(ports == ports.sorted())
    }
    #expect(Set(ordered.map(\.endpoint)) == Set(endpoints))
  }
}
