import Testing

@testable import echoc

@Suite("A datagram")
struct LateReplyFilterTests {
  @Test(
    "is a late reply when it fits an unanswered earlier line and not this one",
    arguments: [
      (unanswered: [], datagram: "now", isReply: true),
      (["before"], "now", true), (["before"], "NOW", true), (["before"], "nOw", true),
      (["before"], "before", false), (["before"], "BEFORE", false),
      (["long", "before"], "LONG", false), (["long", "before"], "BEFORE", false),
      (["now"], "NOW", true),
      // Only letters have a case, though [ and { differ in the same bit.
      (["a["], "a{", true), (["a["], "A[", false),
      ([""], "", false),
      // Not an echo.
      (["before"], "welcome", true), (["before"], "befor", true), ([], "", true),
    ])
  func sorting(unanswered: [String], datagram: String, isReply: Bool) {
    var filter = LateReplyFilter()
    for line in unanswered { filter.remember(unanswered: Array(line.utf8)) }
    let result = filter.isReply(Array(datagram.utf8)[...], to: Array("now".utf8))
    #expect(result == isReply)
  }

  @Test("is late only once for each unanswered line")
  func once() {
    var filter = LateReplyFilter()
    filter.remember(unanswered: [1])
    let results = [filter.isReply([1], to: [2]), filter.isReply([1], to: [2])]
    #expect(results == [false, true])
  }

  @Test("is not recognized as late after too many unanswered lines")
  func memory() {
    var filter = LateReplyFilter()
    for line in 0...UInt8(LateReplyFilter.memory) { filter.remember(unanswered: [line]) }
    let results = [filter.isReply([0], to: [255]), filter.isReply([1], to: [255])]
    #expect(results == [true, false])
  }
}
