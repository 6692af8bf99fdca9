import Addresses
import Testing

@testable import EchoCore

@Suite("Identify")
struct IdentifyTests {
  /// A question to an `identify` listener.
  private struct Question {
    var transport = Transport.udp
    var message = [UInt8](repeating: 1, count: 500)
    var client: Endpoint? = Endpoint(address: .loopbackIPv4, port: 40_000)
    var local: Endpoint? = Endpoint(address: .loopbackIPv4, port: 7000)
    var delivery: Delivery? = Delivery(peer: nil, hopLimit: 63, trafficClass: 0xB9)
    var host = "echo-server"

    /// The reply.
    func answer() throws -> String {
      var listener = ListenerConfiguration()
      (listener.name, listener.transport, listener.service) = ("who", transport, "identify")
      let responder = Service.identify.makeResponder(ResponderSetting(listener: listener, hostName: host))
      var room = message + [UInt8](repeating: 0, count: ServiceRequest.replyRoomBytes)
      let answer = room.withUnsafeMutableBytes { room in
        responder.answer(
          ServiceRequest(
            room: room, byteCount: message.count, client: client, local: local, delivery: delivery,
            arrival: 0))
      }
      guard case .reply(let byteCount, 0, nil) = answer else { throw Unexpected() }
      return try #require(String(validating: room[..<byteCount], as: UTF8.self))
    }
  }

  private struct Unexpected: Error {}

  @Test("says over UDP how a datagram arrived, in the order of the contract")
  func datagram() throws {
    #expect(
      try Question().answer()
        == #"{"from":"127.0.0.1:40000","to":"127.0.0.1:7000","listener":"who","host":"echo-server","#
        + #""transport":"udp","bytes":500,"hopLimit":63,"dscp":46,"ecn":1}"# + "\n")
  }

  @Test("leaves out over TCP what TCP does not have, however short the message is")
  func stream() throws {
    let question = Question(transport: .tcp, message: [1], delivery: Delivery(peer: nil))
    #expect(
      try question.answer()
        == #"{"from":"127.0.0.1:40000","to":"127.0.0.1:7000","listener":"who","host":"echo-server","#
        + #""transport":"tcp","bytes":1}"# + "\n")
  }

  @Test("writes endpoints as the log does")
  func endpoints() throws {
    let documentation = try #require(IPAddress("2001:db8::1"))
    let linkLocal = try #require(IPAddress("fe80::2"))
    let question = Question(
      client: Endpoint(address: documentation, port: 65_535),
      local: Endpoint(address: linkLocal, port: 7, scope: 3))
    #expect(
      try question.answer().hasPrefix(#"{"from":"[2001:db8::1]:65535","to":"[fe80::2%3]:7","listener""#))
  }

  @Test("leaves members out, the last first, until the reply is no longer than its request")
  func cut() throws {
    let members = [
      #""from":"127.0.0.1:40000""#, #""to":"127.0.0.1:7000""#, #""listener":"who""#,
      #""host":"echo-server""#, #""transport":"udp""#, #""bytes":"#, #""hopLimit":63"#, #""dscp":46"#,
      #""ecn":1"#,
    ]
    for length in 3...200 {
      let own = members.map { $0.hasSuffix(":") ? $0 + "\(length)" : $0 }
      let fitting = (0...own.count).map { "{" + own.prefix($0).joined(separator: ",") + "}\n" }
        .last { $0.utf8.count <= length }
      #expect(try Question(message: [UInt8](repeating: 1, count: length)).answer() == fitting)
    }
  }

  @Test("sends back unchanged a datagram that is too short for an object", arguments: 0...2)
  func tiny(length: Int) throws {
    #expect(
      try Question(message: Array("hi".utf8.prefix(length))).answer() == String("hi".prefix(length)))
  }

  @Test("leaves out what is not known")
  func unknown() throws {
    let question = Question(client: nil, local: nil, delivery: Delivery(peer: nil, hopLimit: 1), host: "")
    #expect(
      try question.answer() == #"{"listener":"who","host":"","transport":"udp","bytes":500,"hopLimit":1}"#
        + "\n")
  }

  /// A header whose fields have these bytes.
  private static func header(
    _ authority: [UInt8]?, _ alpn: [UInt8]? = nil, _ uniqueID: [UInt8]? = nil
  ) -> (ProxyHeader, [UInt8]) {
    var bytes: [UInt8] = [0, 0, 0]
    func field(_ value: [UInt8]?) -> ProxyHeader.Field? {
      guard let value else { return nil }
      defer { bytes += value }
      return ProxyHeader.Field(offset: UInt32(bytes.count), byteCount: UInt16(value.count))
    }
    let header = ProxyHeader(
      version: 2, command: .proxy, source: nil, destination: nil, authority: field(authority),
      alpn: field(alpn), uniqueID: field(uniqueID), byteCount: 200)
    return (header, bytes)
  }

  private static func answer(_ transport: Transport, _ header: ProxyHeader, _ bytes: [UInt8]) throws
    -> String
  {
    try bytes.withUnsafeBytes { bytes in
      var question = Question(transport: transport)
      question.delivery = Delivery(
        peer: Endpoint(address: .loopbackIPv4, port: 50_000), proxy: (header, bytes))
      return try question.answer()
    }
  }

  @Test("names the proxy, and what its header holds")
  func proxy() throws {
    let (header, bytes) = Self.header(Array("example.net".utf8), Array("h2".utf8), [0, 0xAB, 0xFF])
    #expect(
      try Self.answer(.tcp, header, bytes)
        == #"{"from":"127.0.0.1:40000","to":"127.0.0.1:7000","via":"127.0.0.1:50000","#
        + #""proxy":{"version":2,"command":"PROXY","authority":"example.net","alpn":"h2","#
        + #""uniqueId":"00abff"},"listener":"who","host":"echo-server","transport":"tcp","bytes":500}"#
        + "\n")
    var local = Self.header(nil).0
    (local.version, local.command) = (1, .local)
    #expect(
      try Self.answer(.udp, local, []).contains(
        #","proxy":{"version":1,"command":"LOCAL"},"listener":"#))
  }

  @Test("writes what a proxy says as a JSON string, whatever it contains")
  func escaping() throws {
    let cases: [([UInt8], String)] = [
      (Array("a\"b\\c".utf8), #"a\"b\\c"#), ([0, 0x1F, 0x7F], #"\u0000\u001f\u007f"#),
      (Array("ünï→𝄞".utf8), "ünï→𝄞"), ([0x61, 0xFF, 0x62], "a\u{FFFD}b"), ([0xE2, 0x82], "\u{FFFD}"),
      ([], ""),
    ]
    for (bytes, text) in cases {
      let (header, all) = Self.header(bytes)
      let answer = try Self.answer(.tcp, header, all)
      #expect(answer.contains(#""authority":"\#(text)"}"#))
      #expect(throws: Never.self) { try JSONValue(parsing: Array(answer.utf8)) }
    }
  }

  @Test("has room for the longest reply over TCP")
  func longest() throws {
    let (header, bytes) = Self.header(
      [UInt8](repeating: 0, count: 255), [UInt8](repeating: 0, count: 255),
      [UInt8](repeating: 0xFF, count: 128))
    let answer = try Self.answer(.tcp, header, bytes)
    #expect(answer.hasSuffix(#""transport":"tcp","bytes":500}"# + "\n"))
  }
}
