import Testing

@testable import EchoCore

@Suite("The reader of stamp")
struct StampKeyTests {
  private static let udp = #""transport": "udp", "port": 862, "service": "stamp""#

  @Test("fills in the defaults for the service stamp, and nothing for others")
  func defaults() throws {
    #expect(try listener(Self.udp).stamp == StampConfiguration())
    #expect(try listener(Self.udp + #", "stamp": {}"#).stamp == StampConfiguration())
    #expect(try listener(#""transport": "udp", "port": 7"#).stamp == nil)
  }

  @Test("reads the members")
  func members() throws {
    let stamp = try listener(Self.udp + #", "stamp": {"stateful": false, "timestamps": "ptp"}"#).stamp
    #expect(stamp?.isStateful == false && stamp?.timestamps == .ptp)
  }

  @Test(
    "refuses other values",
    arguments: [
      ("null", "listeners[0].stamp: null is not a STAMP setting (an object)"),
      (#"{"stateful": 1}"#, "listeners[0].stamp.stateful: 1 is not true or false"),
      (
        #"{"timestamps": "ntpp"}"#,
        #"listeners[0].stamp.timestamps: "ntpp" is not a timestamp format (ntp, ptp); did you mean "ntp"?"#
      ),
      (
        #"{"state": true}"#,
        #"listeners[0].stamp.state: unknown key; the keys here are stateful, timestamps"#
      ),
    ])
  func wrong(value: String, message: String) {
    let text = "{ \"listeners\": [{ \(Self.udp), \"stamp\": \(value) }] }"
    #expect(refusal(of: text) == ["e.json: " + message])
  }

  @Test("refuses the key for another service, and the service over TCP")
  func foreign() {
    #expect(
      refusal(ofMember: #""stamp": {}"#, transport: .udp) == [
        "e.json: listeners[0].stamp: this key is for the service stamp, but the listener's service is echo"
      ])
    #expect(
      refusal(ofMember: #""stamp": {}"#, transport: .tcp) == [
        "e.json: listeners[0].stamp: this key is for udp, but the listener's transport is tcp"
      ])
    #expect(
      refusal(ofMember: #""service": "stamp""#, transport: .tcp) == [
        "e.json: listeners[0].service: stamp is not available over tcp"
      ])
  }

  @Test("refuses to answer low ports without a limit")
  func endless() throws {
    let low = Self.udp + #", "answerLowPorts": true"#
    #expect(
      refusal(of: "{ \"listeners\": [{ \(low) }] }") == [
        "e.json: listeners[0].answerLowPorts: two reflectors could answer each other endlessly; "
          + "add a \"rateLimit\" or a \"totalRateLimit\""
      ])
    for limit in [
      #""rateLimit": {"perSecond": 9, "burst": 9}"#,
      #""totalRateLimit": {"perSecond": 9, "burst": 9}"#, #""allow": ["0.0.0.0/0"]"#,
    ] {
      #expect(try listener(low + ", " + limit).answerLowPorts)
    }
  }

  @Test("is applied to running queues when it changes")
  func change() throws {
    let other = try listener(Self.udp + #", "stamp": {"stateful": false}"#)
    #expect(try listener(Self.udp).changes(to: other) == ["stamp"])
    #expect(try listener(Self.udp).changes(to: listener(Self.udp + #", "stamp": {}"#)) == [])
  }
}
