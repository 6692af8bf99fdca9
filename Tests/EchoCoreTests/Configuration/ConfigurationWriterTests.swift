import Addresses
import TestSupport
import Testing

@testable import EchoCore

@Suite("The configuration writer")
struct ConfigurationWriterTests {
  @Test("writes the defaults out, and only the keys of the transport")
  func defaults() {
    let udp = ListenerConfiguration(
      name: "a", transport: .udp, address: .loopbackIPv4, port: 7, service: "echo")
    let tcp = ListenerConfiguration(name: "b", transport: .tcp, address: .anyIPv6, port: 7, service: "echo")
    let allow =
      #"["127.0.0.0/8","10.0.0.0/8","172.16.0.0/12","192.168.0.0/16","100.64.0.0/10","#
      + #""169.254.0.0/16","::1/128","fe80::/10","fc00::/7"]"#
    #expect(
      Configuration(admin: nil, drainSeconds: 5, listeners: [udp, tcp]).json.text().filter {
        !$0.isWhitespace
      }
        == #"{"admin":null,"drainSeconds":5,"listeners":["#
        + #"{"name":"a","transport":"udp","address":"127.0.0.1","port":7,"freeBind":false,"service":"echo","queues":1,"allow":"#
        + allow
        + #","busyPollMicroseconds":0,"answerLowPorts":false,"reflectTrafficClass":false},{"name":"b","transport":"tcp","address":"::","port":7,"freeBind":false,"service":"echo","queues":1,"allow":"#
        + allow
        + #","busyPollMicroseconds":0,"backlog":4096,"maxConnections":10000,"idleTimeoutSeconds":0,"keepAliveSeconds":120,"closeAfterReply":false}]}"#
    )
  }

  @Test(
    "writes the admin socket",
    arguments: [
      (
        AdminConfiguration(.tcp(address: .anyIPv6, port: 80), hosts: ["a.b"]),
        #"{"address":"::","port":80,"hosts":["a.b"]}"#
      ),
      (AdminConfiguration(.unix(path: "/run/\"x\"")), #"{"unix":"/run/\"x\""}"#),
    ])
  func admin(admin: AdminConfiguration, text: String) {
    let json = Configuration(admin: admin, drainSeconds: 0, listeners: []).json
    #expect(
      json.text().filter { !$0.isWhitespace } == "{\"admin\":\(text),\"drainSeconds\":0,\"listeners\":[]}")
  }

  /// An impairment with every member of a transport.
  private static func impairment(for transport: Transport) throws -> Impairment {
    let members = Impairment.keys(for: transport).map { key in
      "\"\(key.name)\": \(key.name.hasSuffix("Percent") ? "0.1" : "5")"
    }
    let listener = try listener(
      "\"transport\": \"\(transport)\", \"port\": 7, \"impair\": {\(members.joined(separator: ","))}")
    return try #require(listener.impair)
  }

  @Test("writes the members of proxyProtocol and impair for the listener's transport, and null for none")
  func members() throws {
    var udp = ListenerConfiguration(name: "a", transport: .udp, port: 7)
    let tcp = ListenerConfiguration(name: "b", transport: .tcp, port: 7)
    func value(_ key: String, of listener: ListenerConfiguration) -> String? {
      listener.json(for: listener.transport)[key]?.text().filter { !$0.isWhitespace }
    }
    #expect(value("impair", of: udp) == nil && value("proxyProtocol", of: udp) == nil)
    udp.proxyProtocol = ProxyProtocol(from: [try Prefix("10.0.0.0/8")])
    udp.impair = try Self.impairment(for: .udp)
    #expect(value("proxyProtocol", of: udp) == #"{"from":["10.0.0.0/8"],"datagrams":"each"}"#)
    #expect(
      value("impair", of: udp)
        == #"{"seed":5,"lossPercent":0.1,"duplicatePercent":0.1,"corruptPercent":0.1,"reorderPercent":0.1,"#
        + #""delayMilliseconds":5,"jitterMilliseconds":5,"bytesPerSecond":5}"#)
    var proxied = tcp
    proxied.proxyProtocol = udp.proxyProtocol
    proxied.impair = try Self.impairment(for: .tcp)
    #expect(value("proxyProtocol", of: proxied) == #"{"from":["10.0.0.0/8"]}"#)
    #expect(
      value("impair", of: proxied)
        == #"{"seed":5,"delayMilliseconds":5,"jitterMilliseconds":5,"bytesPerSecond":5,"closeAfterBytes":5,"#
        + #""resetAfterBytes":5,"sliceBytes":5}"#)
    proxied.impair = Impairment()
    #expect(value("impair", of: proxied) == "{}")
  }

  @Test("writes what is read as the same configuration")
  func roundTrip() throws {
    var udp = ListenerConfiguration(
      name: "a", transport: .udp, address: .anyIPv4, port: 7, service: "discard")
    udp.queues = 3
    udp.allow = [try Prefix("::ffff:10.0.0.0/104"), try Prefix("::/0"), try Prefix("0.0.0.0/0")]
    udp.rateLimit = RateLimit(perSecond: 1, burst: 1_000_000_000)
    // Beyond private networks no limit has to be written, or it would be read as the usual one.
    udp.totalRateLimit = nil
    udp.answerLowPorts = true
    udp.reflectTrafficClass = true
    udp.proxyProtocol = ProxyProtocol(from: [try Prefix("fd00::/8")], datagrams: .first)
    udp.impair = try Self.impairment(for: .udp)
    udp.busyPollMicroseconds = 200
    udp.receiveBufferBytes = 4096
    udp.sendBufferBytes = 8192
    var tcp = ListenerConfiguration(name: "b", transport: .tcp, address: .anyIPv6, port: 0, service: "echo")
    tcp.backlog = 1
    tcp.maxConnections = 2
    tcp.maxConnectionsPerClient = 3
    tcp.idleTimeoutSeconds = 4
    tcp.keepAliveSeconds = 5
    tcp.closeAfterReply = true
    tcp.busyPollMicroseconds = 1000
    tcp.interface = "eth0"
    tcp.proxyProtocol = ProxyProtocol(from: [try Prefix("127.0.0.0/8")])
    tcp.impair = try Self.impairment(for: .tcp)
    var linkLocal = ListenerConfiguration(
      name: "c", transport: .tcp, address: .anyIPv6, port: 7, service: "echo")
    linkLocal.zonedAddress = try #require(ZonedAddress("fe80::1%eth0"))
    linkLocal.freeBind = true
    linkLocal.impair = Impairment()
    let admins: [AdminConfiguration?] = [
      nil, .standard, AdminConfiguration(.tcp(address: .anyIPv4, port: 1), hosts: ["a", "B.c."]),
      AdminConfiguration(.unix(path: "/run/é\n")),
    ]
    for admin in admins {
      let configuration = Configuration(admin: admin, drainSeconds: 0, listeners: [udp, tcp, linkLocal])
      #expect(try Configuration.read(Array(configuration.json.text().utf8)) == configuration)
    }
  }
}
