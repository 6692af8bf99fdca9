import Glibc
import Testing

@testable import echoc

/// Each test has a process of its own, whose standard output it reads.
@Suite("A ping's output")
struct PingOutputTests {
  @Test("has no dot before the first line, which over TCP waits for a connection")
  func dots() async throws {
    let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
      var plan = PingPlan()
      plan.output = .dots
      let output = PingOutput(plan, Console())
      try output.sent()
      try output.heading("PING")
      try output.received(line: "", object: [:])
      try output.sent()
    }
    let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
    #expect(text.hasSuffix("PING\n.\u{8} \u{8}.") && text.count { $0 == "." } == 2)
  }
}
