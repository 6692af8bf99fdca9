import Addresses
import TestSupport
import Testing

@testable import EchoCore

@Suite("The reader of proxyProtocol")
struct ProxyProtocolKeysTests {
  private func read(_ value: String, _ transport: Transport = .udp) throws -> ProxyProtocol? {
    try listener(#""transport": "\#(transport)", "port": 7, "proxyProtocol": \#(value)"#).proxyProtocol
  }

  private func refusal(_ value: String, _ transport: Transport = .udp) -> [String] {
    EchoCoreTests.refusal(ofMember: "\"proxyProtocol\": \(value)", transport: transport)
      .map { $0.replacing("e.json: listeners[0].proxyProtocol", with: "") }
  }

  @Test("reads null as no proxies, and each datagram by default")
  func reading() throws {
    #expect(try read("null") == nil)
    let network = try Prefix("10.0.0.0/8")
    #expect(try read(#"{"from": ["10.0.0.0/8"]}"#) == ProxyProtocol(from: [network], datagrams: .each))
    #expect(try read(#"{"from": ["10.0.0.0/8"], "datagrams": "each"}"#)?.datagrams == .each)
    #expect(try read(#"{"from": ["10.0.0.0/8"], "datagrams": "first"}"#)?.datagrams == .first)
    #expect(try read(#"{"from": ["10.0.0.0/8"]}"#, .tcp)?.from == [network])
  }

  @Test(
    "refuses a value without proxies, and members of the other transport",
    arguments: [
      ("{}", .udp, [".from: missing; proxyProtocol needs the networks of the proxies"]),
      (
        #"{"from": []}"#, .tcp,
        [".from: an empty list allows no proxy; leave \"proxyProtocol\" out if there is none"]
      ),
      (
        #"{"from": "10.0.0.0/8"}"#, .tcp,
        [#".from: the string "10.0.0.0/8" is not a list of networks (an array)"#]
      ),
      (
        #"{"from": ["10.0.0.1/8"]}"#, .udp,
        [#".from[0]: "10.0.0.1/8" has host bits set; the network is "10.0.0.0/8""#]
      ),
      ("true", .udp, [": true is not a proxy setting or null (an object)"]),
      (
        #"{"from": ["::1/128"], "datagrams": "all"}"#, .udp,
        [#".datagrams: "all" is not a choice of datagrams (each, first)"#]
      ),
      (
        #"{"from": ["::1/128"], "datagrams": "each"}"#, .tcp,
        [".datagrams: this key is for udp, but the listener's transport is tcp"]
      ),
      (
        #"{"from": ["::1/128"], "version": 2}"#, .tcp,
        [".version: unknown key; the keys here are from"]
      ),
    ] as [(String, Transport, [String])])
  func refusals(value: String, transport: Transport, lines: [String]) {
    #expect(refusal(value, transport) == lines)
  }

  @Test("decides who can reach a listener, but its clients decide about the rate limits")
  func exposure() throws {
    let open = #""transport": "udp", "port": 7, "allow": ["0.0.0.0/0"]"#
    let direct = try listener(open)
    #expect(direct.isPublic && direct.hasPublicClients && direct.rateLimit == .standard)
    let proxied = try listener(open + #", "proxyProtocol": { "from": ["10.0.0.0/8"] }"#)
    #expect(!proxied.isPublic && proxied.hasPublicClients)
    #expect(proxied.rateLimit == .standard && proxied.totalRateLimit == .standardTotal)
    let foreign = try listener(
      #""transport": "udp", "port": 7, "proxyProtocol": { "from": ["192.0.2.0/24"] }"#)
    #expect(foreign.isPublic && !foreign.hasPublicClients && foreign.rateLimit == nil)
  }
}
