import Addresses
import Testing

@testable import EchoCore

@Suite("The configuration reader")
struct ConfigurationReaderTests {
  @Test("reads the example of the contract")
  func example() throws {
    let text = """
      {
        "$schema": "echod.schema.json",                      // ignored by echod; for editors
        "admin": { "address": "127.0.0.1", "port": 8080 },   // or { "unix": "/run/echod/admin.sock" }
        "drainSeconds": 5,
        "listeners": [
          { "name": "uppercase-udp", "transport": "udp", "address": "127.0.0.1", "port": 12000, "service": "uppercase" },
          { "name": "uppercase-tcp", "transport": "tcp", "address": "127.0.0.1", "port": 12000, "service": "uppercase",
            "closeAfterReply": true }
        ]
      }
      """
    let udp = ListenerConfiguration(
      name: "uppercase-udp", transport: .udp, address: .loopbackIPv4, port: 12000, service: "uppercase")
    var tcp = ListenerConfiguration(
      name: "uppercase-tcp", transport: .tcp, address: .loopbackIPv4, port: 12000, service: "uppercase")
    tcp.closeAfterReply = true
    let expected = Configuration(
      admin: AdminConfiguration(.tcp(address: .loopbackIPv4, port: 8080)), drainSeconds: 5,
      listeners: [udp, tcp])
    #expect(try Configuration.read(Array(text.utf8)) == expected)
  }

  @Test("fills in the defaults")
  func defaults() throws {
    let text = #"{"listeners": [{"transport": "tcp", "port": 7}]}"#
    let listener = ListenerConfiguration(
      name: "echo-tcp-7", transport: .tcp, address: .loopbackIPv4, port: 7, service: "echo")
    let expected = Configuration(
      admin: AdminConfiguration(.tcp(address: .loopbackIPv4, port: 8080)), drainSeconds: 5,
      listeners: [listener])
    #expect(try Configuration.read(Array(text.utf8)) == expected)
  }

  @Test(
    "refuses a wrong file with every problem on a line of its own, in the file's order",
    arguments: [
      ("[]", ["e.json: an empty array is not a configuration (an object)"]),
      ("{}", ["e.json: listeners: missing; a configuration needs at least one listener"]),
      (
        #"{"listeners": []}"#,
        ["e.json: listeners: a list of listeners has 1 to 250 elements; this one has none"]
      ),
      (#"{"listeners": {}}"#, ["e.json: listeners: an empty object is not a list of listeners (an array)"]),
      (#"{"listeners": [7]}"#, ["e.json: listeners[0]: 7 is not a listener (an object)"]),
      (
        #"{"listeners": [{}]}"#,
        [
          "e.json: listeners[0].transport: missing; a listener needs a transport (udp, tcp)",
          "e.json: listeners[0].port: missing; a listener needs a port (0 to 65535)",
        ]
      ),
      (
        #"{"listeners": [{"transport": "udp", "port": 7}, {"port": 70000, "transport": "udp"}]}"#,
        ["e.json: listeners[1].port: 70000 is not a port (0 to 65535)"]
      ),
      (
        #"{"listeners": [{"adress": "::", "transport": "udp", "port": 7}]}"#,
        [
          "e.json: listeners[0].adress: unknown key; did you mean \"address\"? The keys here are name, transport, "
            + "address, port, interface, freeBind, service, stamp, queues, allow, proxyProtocol, "
            + "impair, busyPollMicroseconds, rateLimit, totalRateLimit, answerLowPorts, reflectTrafficClass, "
            + "receiveBufferBytes, sendBufferBytes"
        ]
      ),
      (
        #"{"listener": [], "listeners": [{"transport": "tcp", "port": 7}]}"#,
        [
          "e.json: listener: unknown key; did you mean \"listeners\"? The keys here are $schema, admin, drainSeconds, "
            + "listeners"
        ]
      ),
      (
        #"{"drainSeconds": "5", "$schema": null, "listeners": [{"transport": "tcp", "port": 7}]}"#,
        [
          "e.json: drainSeconds: the string \"5\" is not a grace period in seconds (a number, 0 to 3600)",
          "e.json: $schema: null is not a schema location (a string)",
        ]
      ),
      (
        #"{"listeners": [{"port": 1.5, "transport": "ucp"}], "drainSeconds": 3601}"#,
        [
          "e.json: listeners[0].port: 1.5 is not a port (a whole number, 0 to 65535)",
          "e.json: listeners[0].transport: \"ucp\" is not a transport (udp, tcp); did you mean \"udp\"?",
          "e.json: drainSeconds: 3601 is not a grace period in seconds (0 to 3600)",
        ]
      ),
      (
        #"{"listeners": [{"transport": "udp", "port": 7, "service": "ekho", "backlog": 5}], "admin": 8080}"#,
        [
          "e.json: listeners[0].service: \"ekho\" is not a service (\(Service.all.map(\.name).joined(separator: ", "))); did you mean \"echo\"?",
          "e.json: listeners[0].backlog: this key is for tcp, but the listener's transport is udp",
          "e.json: admin: 8080 is not an admin socket; write { \"address\": IP, \"port\": NUMBER }, "
            + "{ \"unix\": PATH }, or null for none",
        ]
      ),
      (
        "{\n  \"drainSeconds\": 5,\n  listeners: []\n}",
        [
          "e.json:3:3: expected a name in double quotes or '}', found 'listeners'"
        ]
      ),
      (#"{"listeners": [], "listeners": []}"#, ["e.json:1:19: \"listeners\" appears twice in this object"]),
    ] as [(String, [String])])
  func refusals(text: String, lines: [String]) {
    #expect(refusal(of: text) == lines)
  }

  @Test("reads a whole number however it is written", arguments: ["7", "7.0", "0.7e1", "70e-1"])
  func wholeNumbers(port: String) throws {
    #expect(try listener("\"transport\": \"udp\", \"port\": \(port)").port == 7)
  }

  @Test("refuses a file that is a byte too long")
  func length() throws {
    let text = Array(#"{"listeners": [{"transport": "udp", "port": 7}]}"#.utf8)
    let blanks = [UInt8](repeating: UInt8(ascii: " "), count: Limits.fileBytes - text.count)
    _ = try Configuration.read(text + blanks)
    let problem = ConfigurationProblem(
      location: .value(path: ""), message: "the file is longer than 1048576 bytes")
    #expect(throws: ConfigurationProblems(problems: [problem])) {
      try Configuration.read(text + blanks + [0x20])
    }
  }

  @Test("accepts as many listeners as the limit, and no more")
  func tooMany() {
    func file(_ count: Int) -> String {
      let listeners = (1...count).map { "{\"transport\": \"udp\", \"port\": \($0)}" }
      return "{\"listeners\": [\(listeners.joined(separator: ","))]}"
    }
    #expect(refusal(of: file(250)) == [])
    #expect(
      refusal(of: file(251))
        == ["e.json: listeners: a list of listeners has 1 to 250 elements; this one has 251"])
  }

  @Test("lists at most a thousand problems")
  func problems() {
    let members = (0..<1500).map { "\"key\($0)\": 0" }.joined(separator: ",")
    let lines = refusal(of: "{\(members), \"listeners\": [{\"transport\": \"udp\", \"port\": 7}]}")
    #expect(lines.count == Limits.problems + 1)
    #expect(lines.last == "e.json: 500 more problems are not listed")
  }

  @Test("keeps a message on one short line, whatever the file holds")
  func hostile() {
    let name = String(repeating: "a", count: 5000)
    #expect(
      refusal(
        of: "{\"\\n\\u001b[31m\": 1, \"\(name)\": 2, \"listeners\": [{\"transport\": \"udp\", \"port\": 7}]}")
        == [
          "e.json: [\"\\u000A\\u001B[31m\"]: unknown key; the keys here are $schema, admin, drainSeconds, listeners",
          "e.json: [\"\(name.prefix(60))…\"]: unknown key; the keys here are $schema, admin, drainSeconds, listeners",
        ])
  }
}
