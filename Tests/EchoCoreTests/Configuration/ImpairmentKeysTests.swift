import Testing

@testable import EchoCore

@Suite("The reader of impair")
struct ImpairmentKeysTests {
  private func refusal(_ members: String, _ transport: Transport = .udp) -> [String] {
    EchoCoreTests.refusal(ofMember: "\"impair\": { \(members) }", transport: transport)
      .map { $0.replacing("e.json: listeners[0].impair.", with: "") }
  }

  @Test("reads null as nothing, and an empty object as an impairment that does nothing")
  func empty() throws {
    #expect(try listener(#""transport": "udp", "port": 7, "impair": null"#).impair == nil)
    #expect(try listener(#""transport": "udp", "port": 7, "impair": {}"#).impair == Impairment())
    #expect(try listener(#""transport": "udp", "port": 7"#).impair == nil)
  }

  @Test(
    "accepts percentages with fractions",
    arguments: [("0", 0), ("100.0", 100), ("0.001", 0.001), ("1e-3", 0.001)])
  func percentages(text: String, percent: Double) throws {
    let listener = try listener(#""transport": "udp", "port": 7, "impair": { "lossPercent": \#(text) }"#)
    #expect(listener.impair?.lossPercent == percent)
  }

  @Test(
    "refuses percentages that are out of range, and other values",
    arguments: ["lossPercent", "duplicatePercent", "corruptPercent", "reorderPercent"])
  func wrongPercentages(key: String) {
    for value in ["100.5", "-1", "-0.001", "101", "1e300", "9223372036854775807"] {
      let lines = refusal("\"delayMilliseconds\": 1, \"\(key)\": \(value)")
      #expect(
        lines.count == 1 && lines.first?.hasSuffix(" is not a percentage (0 to 100)") == true, "\(lines)")
    }
    for value in ["\"30\"", "null", "true", "[]"] {
      let lines = refusal("\"delayMilliseconds\": 1, \"\(key)\": \(value)")
      #expect(
        lines.count == 1 && lines.first?.hasSuffix(" is not a percentage (a number, 0 to 100)") == true,
        "\(lines)")
    }
  }

  @Test(
    "refuses numbers that are out of range, with the range",
    arguments: [
      ("seed", Transport.udp, "-1", "-1 is not a seed (0 to 4294967295)"),
      ("seed", .tcp, "4294967296", "4294967296 is not a seed (0 to 4294967295)"),
      ("seed", .udp, "null", "null is not a seed (a number, 0 to 4294967295)"),
      ("delayMilliseconds", .tcp, "60001", "60001 is not a time in milliseconds (0 to 60000)"),
      ("delayMilliseconds", .udp, "0.5", "0.5 is not a time in milliseconds (a whole number, 0 to 60000)"),
      ("jitterMilliseconds", .udp, "60001", "60001 is not a time in milliseconds (0 to 60000)"),
      ("bytesPerSecond", .tcp, "0", "0 is not a number of bytes a second (1 to 1000000000)"),
      (
        "bytesPerSecond", .udp, "1000000001", "1000000001 is not a number of bytes a second (1 to 1000000000)"
      ),
      ("closeAfterBytes", .tcp, "0", "0 is not a number of bytes (1 to 1000000000000)"),
      (
        "resetAfterBytes", .tcp, "1000000000001",
        "1000000000001 is not a number of bytes (1 to 1000000000000)"
      ),
      ("sliceBytes", .tcp, "65537", "65537 is not a number of bytes (1 to 65536)"),
    ])
  func ranges(key: String, transport: Transport, value: String, message: String) {
    #expect(refusal("\"\(key)\": \(value)", transport) == ["\(key): \(message)"])
  }

  @Test("refuses the members of the other transport, and names it", arguments: Transport.allCases)
  func otherTransport(transport: Transport) {
    for key in Impairment.keys {
      guard let own = key.transport, own != transport else { continue }
      #expect(
        refusal("\"\(key.name)\": 1", transport)
          == ["\(key.name): this key is for \(own), but the listener's transport is \(transport)"])
    }
    #expect(Impairment.keys.compactMap(\.transport).count == 7)
  }

  @Test("lists the members that fit the transport when one is unknown")
  func unknown() {
    #expect(
      refusal("\"loss\": 1", .tcp) == [
        "loss: unknown key; the keys here are seed, delayMilliseconds, jitterMilliseconds, bytesPerSecond, "
          + "closeAfterBytes, resetAfterBytes, sliceBytes"
      ])
    #expect(refusal("\"lossPercents\": 1").first?.contains("did you mean \"lossPercent\"?") == true)
  }

  @Test("checks the members of both transports when the transport is not known")
  func unknownTransport() {
    let lines = EchoCoreTests.refusal(
      of: #"{"listeners": [{"port": 7, "impair": {"lossPercent": 101, "sliceBytes": 0}}]}"#)
    #expect(
      lines == [
        "e.json: listeners[0].impair.lossPercent: 101 is not a percentage (0 to 100)",
        "e.json: listeners[0].impair.sliceBytes: 0 is not a number of bytes (1 to 65536)",
        "e.json: listeners[0].transport: missing; a listener needs a transport (udp, tcp)",
      ])
  }

  @Test("refuses a jitter that is longer than the delay, or without one", arguments: Transport.allCases)
  func jitter(transport: Transport) {
    let missing = [
      "jitterMilliseconds: jitter needs a delay that is at least as long; add \"delayMilliseconds\""
    ]
    #expect(refusal("\"jitterMilliseconds\": 1", transport) == missing)
    #expect(
      refusal("\"jitterMilliseconds\": 21, \"delayMilliseconds\": 20", transport) == [
        "jitterMilliseconds: 21 is longer than the delay (20), so some delays would be negative"
      ])
    #expect(refusal("\"jitterMilliseconds\": 20, \"delayMilliseconds\": 20", transport) == [])
    // What is wrong by itself is not compared.
    #expect(
      refusal("\"jitterMilliseconds\": 21, \"delayMilliseconds\": -1", transport) == [
        "delayMilliseconds: -1 is not a time in milliseconds (0 to 60000)"
      ])
  }

  @Test("refuses to reorder without a delay")
  func reorder() {
    let line = "reorderPercent: replies are only reordered while others wait; add \"delayMilliseconds\""
    #expect(refusal("\"reorderPercent\": 0.1") == [line])
    #expect(refusal("\"reorderPercent\": 0.1, \"delayMilliseconds\": 0") == [line])
    #expect(refusal("\"reorderPercent\": 0") == [])
    #expect(refusal("\"reorderPercent\": 100, \"delayMilliseconds\": 1") == [])
  }

  @Test("reports every problem at once")
  func several() {
    #expect(
      refusal(
        "\"jitterMilliseconds\": 1, \"lossPercent\": -1, \"sliceBytes\": 1, \"reorderPercent\": 1, \"x\": 1"
      )
      .map { String($0.prefix { $0 != ":" }) }
        == ["jitterMilliseconds", "lossPercent", "sliceBytes", "reorderPercent", "x"])
  }

  @Test(
    "refuses what is not an object",
    arguments: [("5", "5"), ("[]", "an empty array"), ("\"loss\"", "the string \"loss\""), ("true", "true")])
  func kinds(value: String, excerpt: String) {
    #expect(
      EchoCoreTests.refusal(ofMember: "\"impair\": \(value)")
        == ["e.json: listeners[0].impair: \(excerpt) is not an impairment or null (an object)"])
  }
}
