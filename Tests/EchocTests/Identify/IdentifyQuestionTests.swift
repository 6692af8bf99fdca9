import Testing

@testable import echoc

@Suite("A reply to identify")
struct IdentifyQuestionTests {
  @Test("is an object, printed as it came but for its line feed")
  func objects() {
    for text in ["{}", #"{"from":"192.0.2.7:40000","bytes":5}"#, #"{ "a" : {} }"#] {
      #expect(IdentifyQuestion.object(in: Array("\(text)\n".utf8)) == Array(text.utf8))
      #expect(IdentifyQuestion.object(in: Array(text.utf8)) == Array(text.utf8))
    }
  }

  @Test(
    "is nothing else", arguments: ["", "\n", "identify\n", "[]\n", "1\n", "{", "{}{}", "{\"a\":\n", "null"])
  func others(text: String) {
    #expect(IdentifyQuestion.object(in: Array(text.utf8)) == nil)
  }
}
