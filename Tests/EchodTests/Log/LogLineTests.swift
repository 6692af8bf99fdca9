import Logging
import Testing

@testable import echod

@Suite("A line of the log")
struct LogLineTests {
  private func line(_ message: String, at level: Logger.Level = .info, toJournalStream: Bool = false)
    -> String
  {
    String(decoding: LogLine(message, at: level, toJournalStream: toJournalStream).bytes, as: UTF8.self)
  }

  @Test("has the time in UTC, the level and the message", arguments: Logger.Level.allCases)
  func people(level: Logger.Level) throws {
    let parts = line("echod is ready", at: level).split(separator: " ", maxSplits: 2)
    #expect(try parts[0].wholeMatch(of: Regex(#"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"#)) != nil)
    #expect(parts[1] == level.rawValue && parts[2] == "echod is ready\n")
  }

  @Test("has the priority first where the journal reads it")
  func journal() {
    #expect(line("echod is ready", toJournalStream: true) == "<6>echod is ready\n")
    #expect(line("lost", at: .critical, toJournalStream: true) == "<2>lost\n")
  }

  @Test("is one line, whatever the message holds, and cannot control a terminal")
  func oneLine() {
    let said = line("one\ntwo\r\u{1B}[2J\u{0}\u{202E}\u{2028}", toJournalStream: true)
    #expect(said == #"<6>one\u000Atwo\u000D\u001B[2J\u0000\u202E\u2028"# + "\n")
  }

  @Test("is cut between characters", arguments: ["a", "é", "世", "😀", "\n"])
  func bound(character: String) {
    for offset in 0..<4 {
      let message = String(repeating: "-", count: offset) + String(repeating: character, count: 5000)
      let said = line(message, toJournalStream: true)
      #expect(said.utf8.count <= LogLine.byteLimit && said.utf8.count > LogLine.byteLimit - 4)
      #expect(said.hasSuffix("…\n") && !said.contains("\u{FFFD}"))
    }
  }

  @Test("is whole up to the bound")
  func whole() {
    let longest = String(repeating: "a", count: LogLine.byteLimit - "<6>\n".utf8.count)
    #expect(line(longest, toJournalStream: true) == "<6>\(longest)\n")
    #expect(line(longest + "a", toJournalStream: true).hasSuffix("a…\n"))
  }
}
