import Testing

@testable import echoc

@Suite("A ping's outages")
struct PingOutagesTests {
  @Test(
    "last from the first unanswered message to the next answered one, or to the end",
    arguments: [
      ("", 0), ("++++", 0), ("+--+", 20), ("-++--", 20), ("--++", 20), ("+-+---+", 30), ("----", 40),
      ("+-+--", 20),
    ])
  func longest(messages: String, longest: Int64) {
    var outages = PingOutages()
    for (number, message) in messages.enumerated() {
      outages.add(sentAt: Int64(number) * 10, isAnswered: message == "+")
    }

    let end = Int64(messages.count) * 10
    #expect(outages.longest(until: end) == longest)
  }
}
