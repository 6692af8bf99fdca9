import Addresses
@testable import EchoCore
import TestSupport
import Testing

@Suite("The listener reader")
struct ListenerReaderTests {
  @Test("reads every key of a UDP listener")
  func udp() throws {
    var expected = ListenerConfiguration(
      name: "a.B_c-9", transport: .udp, address: .anyIPv6, port: 9, service: "discard")
    expected.queues = 64
    expected.allow = [try Prefix("0.0.0.0/0"), try Prefix("2001:db8::/32")]
    expected.rateLimit = RateLimit(perSecond: 300, burst: 500)
    expected.totalRateLimit = RateLimit(perSecond: 1, burst: 2)
    expected.answerLowPorts = true
    expected.reflectTrafficClass = true
    expected.proxyProtocol = ProxyProtocol(from: [try Prefix("10.0.0.0/8")], datagrams: .first)
    var impairment = Impairment()
    impairment.seed = .max
    impairment.lossPercent = 100
    impairment.duplicatePercent = 0.1
    impairment.corruptPercent = 99.5
    impairment.reorderPercent = 1
    impairment.delayMilliseconds = 60_000
    impairment.jitterMilliseconds = 60_000
    impairment.bytesPerSecond = 1_000_000_000
    expected.impair = impairment
    expected.busyPollMicroseconds = 1000
    expected.interface = "vrf-blue"
    expected.freeBind = true
    expected.receiveBufferBytes = 4096
    expected.sendBufferBytes = 1 << 30
    let listener = try listener(
      """
      "name": "a.B_c-9", "transport": "udp", "address": "::", "port": 9, "service": "discard", "queues": 64,
      "allow": ["0.0.0.0/0", "2001:db8::/32"], "rateLimit": { "perSecond": 300, "burst": 500 },
      "totalRateLimit": { "perSecond": 1, "burst": 2 }, "answerLowPorts": true, "receiveBufferBytes": 4096, "sendBufferBytes": 1073741824,
      "interface": "vrf-blue", "freeBind": true, "reflectTrafficClass": true, "busyPollMicroseconds": 1000,
      "proxyProtocol": { "from": ["10.0.0.0/8"], "datagrams": "first" },
      "impair": { "seed": 4294967295, "lossPercent": 100, "duplicatePercent": 0.1, "corruptPercent": 99.5,
        "reorderPercent": 1.0, "delayMilliseconds": 60000, "jitterMilliseconds": 60000, "bytesPerSecond": 1e9 },
      """)
    #expect(listener == expected)
  }

  @Test("reads every key of a TCP listener")
  func tcp() throws {
    var expected = ListenerConfiguration(
      name: "uppercase-tcp-0", transport: .tcp, address: .loopbackIPv4, port: 0, service: "uppercase")
    expected.backlog = 1
    expected.maxConnections = 1_000_000
    expected.maxConnectionsPerClient = 3
    expected.idleTimeoutSeconds = 86_400
    expected.keepAliveSeconds = 32_767
    expected.closeAfterReply = true
    expected.proxyProtocol = ProxyProtocol(from: [try Prefix("::1/128"), try Prefix("192.0.2.7/32")])
    var impairment = Impairment()
    impairment.seed = 0
    impairment.delayMilliseconds = 0
    impairment.jitterMilliseconds = 0
    impairment.bytesPerSecond = 1
    impairment.closeAfterBytes = 1_000_000_000_000
    impairment.resetAfterBytes = 1
    impairment.sliceBytes = 65_536
    expected.impair = impairment
    expected.busyPollMicroseconds = 1
    let listener = try listener(
      """
      "closeAfterReply": true, "busyPollMicroseconds": 1, "idleTimeoutSeconds": 86400, "maxConnectionsPerClient": 3, "maxConnections": 1000000,
      "backlog": 1, "service": "uppercase", "port": 0, "transport": "tcp", "keepAliveSeconds": 32767,
      "proxyProtocol": { "from": ["::1/128", "192.0.2.7/32"] },
      "impair": { "seed": 0, "delayMilliseconds": 0, "jitterMilliseconds": 0, "bytesPerSecond": 1,
        "closeAfterBytes": 1e12, "resetAfterBytes": 1, "sliceBytes": 65536 }
      """)
    #expect(listener == expected)
  }

  @Test(
    "refuses a name with other characters, one that is too long, and what is not a string",
    arguments: ["\"\"", "\"a b\"", "\"ä\"", "\"a/b\"", "\"a\\u0000\"", "\"\u{212A}\"", "7", "null"])
  func names(name: String) throws {
    let lines = refusal(ofMember: "\"name\": \(name)")
    #expect(lines.count == 1)
    let line = try #require(lines.first)
    #expect(line.hasPrefix("e.json: listeners[0].name: "))
    #expect(line.hasSuffix("1 to 64 of the characters a-z, A-Z, 0-9, '.', '_' and '-')"))
  }

  @Test("accepts a name of 64 characters, but not of 65")
  func nameLength() {
    let name = String(repeating: "n", count: 64)
    #expect(refusal(ofMember: "\"name\": \"\(name)\"") == [])
    #expect(refusal(ofMember: "\"name\": \"\(name)n\"").count == 1)
  }

  @Test(
    "refuses numbers that are out of range, with the range",
    arguments: [
      ("queues", Transport.udp, "0", "0 is not a number of queues (1 to 64)"),
      ("queues", .tcp, "65", "65 is not a number of queues (1 to 64)"),
      ("queues", .tcp, "null", "null is not a number of queues (a number, 1 to 64)"),
      ("busyPollMicroseconds", .udp, "1001", "1001 is not a time in microseconds (0 to 1000)"),
      ("busyPollMicroseconds", .tcp, "-1", "-1 is not a time in microseconds (0 to 1000)"),
      (
        "busyPollMicroseconds", .tcp, "0.5",
        "0.5 is not a time in microseconds (a whole number, 0 to 1000)"
      ),
      ("receiveBufferBytes", .udp, "4095", "4095 is not a buffer size in bytes (4096 to 1073741824)"),
      ("sendBufferBytes", .udp, "1e10", "10000000000.0 is not a buffer size in bytes (4096 to 1073741824)"),
      ("backlog", .tcp, "-1", "-1 is not a number of connections (1 to 65535)"),
      ("maxConnections", .tcp, "1000001", "1000001 is not a number of connections (1 to 1000000)"),
      ("maxConnectionsPerClient", .tcp, "0", "0 is not a number of connections (1 to 1000000)"),
      ("idleTimeoutSeconds", .tcp, "0.5", "0.5 is not a time in seconds (a whole number, 0 to 86400)"),
      ("keepAliveSeconds", .tcp, "32768", "32768 is not a time in seconds (0 to 32767)"),
      ("closeAfterReply", .tcp, "1", "1 is not true or false"),
      ("queues", .udp, "99999999999999999999", "1e+20 is not a number of queues (1 to 64)"),
    ])
  func ranges(key: String, transport: Transport, value: String, message: String) {
    #expect(
      refusal(ofMember: "\"\(key)\": \(value)", transport: transport) == [
        "e.json: listeners[0].\(key): \(message)"
      ])
  }

  @Test("refuses the keys of the other transport, and names it")
  func otherTransport() {
    for key in [
      "rateLimit", "totalRateLimit", "answerLowPorts", "reflectTrafficClass", "receiveBufferBytes",
      "sendBufferBytes",
    ] {
      #expect(
        refusal(ofMember: "\"\(key)\": 1", transport: .tcp)
          == ["e.json: listeners[0].\(key): this key is for udp, but the listener's transport is tcp"])
    }
    for key in [
      "backlog", "maxConnections", "maxConnectionsPerClient", "idleTimeoutSeconds", "keepAliveSeconds",
      "closeAfterReply",
    ] {
      #expect(
        refusal(ofMember: "\"\(key)\": 1", transport: .udp)
          == ["e.json: listeners[0].\(key): this key is for tcp, but the listener's transport is udp"])
    }
  }

  @Test("checks the values of both transports' keys when the transport is not known")
  func unknownTransport() {
    #expect(
      refusal(of: #"{"listeners": [{"port": 7, "backlog": 0, "sendBufferBytes": 0}]}"#) == [
        "e.json: listeners[0].backlog: 0 is not a number of connections (1 to 65535)",
        "e.json: listeners[0].sendBufferBytes: 0 is not a buffer size in bytes (4096 to 1073741824)",
        "e.json: listeners[0].transport: missing; a listener needs a transport (udp, tcp)",
      ])
  }

  @Test(
    "limits the rates of a UDP listener that is open beyond private networks, unless its file has other limits or none",
    arguments: [
      ("", nil, nil),
      (#""allow": ["10.0.0.0/8", "fd00::/8"],"#, nil, nil),
      (#""allow": ["10.0.0.0/8", "192.0.2.0/24"],"#, .standard, .standardTotal),
      (#""allow": ["::/0"], "rateLimit": null,"#, nil, .standardTotal),
      (#""allow": ["::/0"], "rateLimit": null, "totalRateLimit": null,"#, nil, nil),
      (
        #""rateLimit": { "perSecond": 5, "burst": 6 }, "allow": ["::/0"],"#,
        RateLimit(perSecond: 5, burst: 6),
        .standardTotal
      ),
      (#""totalRateLimit": { "perSecond": 5, "burst": 6 },"#, nil, RateLimit(perSecond: 5, burst: 6)),
    ] as [(String, RateLimit?, RateLimit?)])
  func standardLimits(members: String, perClient: RateLimit?, total: RateLimit?) throws {
    let listener = try listener(#""transport": "udp", \#(members) "port": 7"#)
    #expect(listener.rateLimit == perClient)
    #expect(listener.totalRateLimit == total)
  }

  @Test(
    "refuses an incomplete or wrong rate limit",
    arguments: [
      ("5", ["rateLimit: 5 is not a rate limit or null (an object)"]),
      ("{\"burst\": 1}", ["rateLimit.perSecond: missing; a rate limit needs both perSecond and burst"]),
      ("{\"perSecond\": 1}", ["rateLimit.burst: missing; a rate limit needs both perSecond and burst"]),
      (
        "{\"perSecond\": 0, \"burst\": 1000000001}",
        [
          "rateLimit.perSecond: 0 is not a number of replies a second (1 to 1000000000)",
          "rateLimit.burst: 1000000001 is not a number of replies (1 to 1000000000)",
        ]
      ),
      (
        "{\"perSecond\": 1, \"bust\": 1, \"burst\": 1}",
        ["rateLimit.bust: unknown key; did you mean \"burst\"? The keys here are perSecond, burst"]
      ),
    ] as [(String, [String])])
  func rateLimits(value: String, lines: [String]) {
    #expect(refusal(ofMember: "\"rateLimit\": \(value)") == lines.map { "e.json: listeners[0].\($0)" })
  }
}
