import EchoCore
import Testing

@Suite("Conflicting listeners")
struct ConflictCheckerTests {
  @Test(
    "are refused",
    arguments: [
      (
        #"{"name": "a", "transport": "udp", "port": 1}, {"transport": "udp", "port": 2, "name": "a"}"#,
        ["listeners[1].name: \"a\" is already the name of listeners[0]; names must be unique"]
      ),
      (
        #"{"transport": "udp", "port": 7}, {"transport": "udp", "port": 7, "address": "::1"}"#,
        [
          "listeners[1].name: the default name \"echo-udp-7\" is already the name of listeners[0]; give this listener "
            + "another name"
        ]
      ),
      (
        #"{"transport": "udp", "port": 7}, {"transport": "tcp", "port": 7, "name": "echo-udp-7"}"#,
        ["listeners[1].name: \"echo-udp-7\" is already the name of listeners[0]; names must be unique"]
      ),
      (
        #"{"transport": "udp", "port": 7}, {"transport": "udp", "port": 7, "service": "discard"}"#,
        ["listeners[1].port: udp 127.0.0.1:7 is already used by listeners[0]"]
      ),
      (
        #"{"transport": "udp", "port": 7, "address": "::1"}, {"transport": "udp", "port": 7, "address": "0::1", "name": "a"}"#,
        ["listeners[1].port: udp [::1]:7 is already used by listeners[0]"]
      ),
      (
        #"{"transport": "tcp", "port": 8080}"#,
        ["listeners[0].port: tcp 127.0.0.1:8080 is already used by the admin socket (by default)"]
      ),
    ] as [(String, [String])])
  func refusals(listeners: String, lines: [String]) {
    #expect(refusal(of: "{\"listeners\": [\(listeners)]}") == lines.map { "e.json: \($0)" })
  }

  @Test("are refused on one address with an interface and without, because the kernel would pick either")
  func interfaces() {
    func listener(_ name: String, _ more: String = "") -> String {
      #"{"name": "\#(name)", "transport": "tcp", "address": "0.0.0.0", "port": 80\#(more)}"#
    }
    let onEth0 = listener("b", #", "interface": "eth0""#)
    let advice = "conflict: on one address and port, either both or neither must have an interface"
    #expect(
      refusal(of: #"{"listeners": [\#(listener("a")), \#(onEth0)]}"#)
        == ["e.json: listeners[1].interface: b (tcp 0.0.0.0:80 on eth0) and a (tcp 0.0.0.0:80) \(advice)"])
    #expect(
      refusal(of: #"{"listeners": [\#(onEth0), \#(listener("a"))]}"#)
        == ["e.json: listeners[1].interface: a (tcp 0.0.0.0:80) and b (tcp 0.0.0.0:80 on eth0) \(advice)"])
    #expect(
      refusal(of: #"{"admin": {"address": "0.0.0.0", "port": 80}, "listeners": [\#(onEth0)]}"#)
        == [
          "e.json: listeners[0].interface: b (tcp 0.0.0.0:80 on eth0) and the admin socket (tcp 0.0.0.0:80) \(advice)"
        ])
    #expect(
      refusal(of: #"{"listeners": [\#(onEth0), \#(listener("c", #", "interface": "eth0""#))]}"#)
        == ["e.json: listeners[1].port: tcp 0.0.0.0:80 on eth0 is already used by listeners[0]"])
  }

  @Test("are refused when one is the admin socket")
  func admin() {
    let listener = #"{"transport": "tcp", "address": "::", "port": 80}"#
    #expect(
      refusal(of: "{\"listeners\": [\(listener)], \"admin\": {\"address\": \"::\", \"port\": 80}}")
        == ["e.json: listeners[0].port: tcp [::]:80 is already used by the admin socket"])
  }

  @Test(
    "are not reported elsewhere",
    arguments: [
      #"{"transport": "udp", "port": 7}, {"transport": "tcp", "port": 7}"#,
      #"{"transport": "udp", "port": 0, "name": "a"}, {"transport": "udp", "port": 0, "name": "b"}"#,
      #"{"transport": "udp", "port": 7}, {"transport": "udp", "port": 7, "address": "0.0.0.0", "name": "b"}"#,
      #"{"transport": "tcp", "port": 7, "address": "::"}, {"transport": "tcp", "port": 7, "address": "0.0.0.0", "name": "b"}"#,
      #"{"transport": "udp", "port": 7, "address": "::"}, {"transport": "udp", "port": 7, "address": "::1", "name": "b"}"#,
      #"{"transport": "tcp", "port": 8080, "address": "::"}, {"transport": "tcp", "port": 8080, "address": "0.0.0.0", "name": "b"}"#,
      #"{"transport": "udp", "port": 7, "interface": "a"}, {"transport": "udp", "port": 7, "interface": "b", "name": "b"}"#,
      #"{"transport": "udp", "port": 7, "address": "fe80::1%a"}, {"transport": "udp", "port": 7, "address": "fe80::1%b", "name": "b"}"#,
      #"{"transport": "udp", "port": 7, "interface": "a"}, {"transport": "udp", "port": 7, "address": "0.0.0.0", "name": "b"}"#,
      #"{"transport": "udp", "port": 8080}, {"transport": "tcp", "port": 8081}"#,
      #"{"transport": "udp", "port": 7, "name": "a"}, {"transport": "tcp", "port": 7, "name": "A"}"#,
    ])
  func neighbours(listeners: String) {
    #expect(refusal(of: "{\"listeners\": [\(listeners)]}") == [])
  }

  @Test("share a limit of queues")
  func queues() {
    func file(_ queues: [Int]) -> String {
      let listeners = queues.enumerated().map {
        "{\"transport\": \"udp\", \"port\": \($0.offset + 1), \"queues\": \($0.element)}"
      }
      return "{\"listeners\": [\(listeners.joined(separator: ","))]}"
    }
    #expect(refusal(of: file([64, 64, 64, 58])) == [])
    #expect(
      refusal(of: file([64, 64, 64, 59])) == [
        "e.json: listeners: 251 queues in total; the limit for all listeners together is 250"
      ])
  }

  @Test("are not looked for in values that are wrong anyway")
  func consequences() {
    #expect(
      refusal(
        of:
          #"{"listeners": [{"transport": "udp", "port": 7}, {"transport": "udp", "port": 7, "name": "b", "address": "x"}]}"#
      ).count == 1)
    #expect(
      refusal(
        of: #"{"listeners": [{"transport": "udp", "port": "x"}, {"transport": "udp", "port": "y"}]}"#
      ).count == 2)
  }
}
