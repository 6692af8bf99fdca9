import Testing

@testable import EchoCore

@Suite("The nearest word")
struct NearestWordTests {
  @Test(
    "is the one that was probably meant",
    arguments: [
      ("adress", "address"), ("Address", "address"), ("adderss", "address"), ("prot", "port"),
      ("por", "port"),
      ("close_after_reply", "closeAfterReply"), ("receiveBufferSize", "receiveBufferBytes"), ("rate", nil),
      ("x", nil), ("", nil), ("listen", nil), ("世界", nil),
    ] as [(String, String?)])
  func keys(word: String, nearest: String?) {
    #expect(nearestWord(to: word, in: ListenerConfiguration.keys.map(\.name)) == nearest)
  }

  @Test(
    "is found in short lists of short words",
    arguments: [("ucp", "udp"), ("TCP", "tcp"), ("tpc", "tcp"), ("t", nil), ("http", nil)]
      as [(String, String?)])
  func transports(word: String, nearest: String?) {
    #expect(nearestWord(to: word, in: ["udp", "tcp"]) == nearest)
  }

  @Test("is not looked for when the word is longer than all others")
  func long() {
    #expect(
      nearestWord(to: String(repeating: "a", count: 65), in: [String(repeating: "a", count: 64)]) == nil)
  }
}
