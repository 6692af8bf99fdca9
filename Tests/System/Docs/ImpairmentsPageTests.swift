import EchoCore
import Testing

/// The page that describes the function behind `impair`, with a program that computes it.
@Suite("The page on impairments")
struct ImpairmentsPageTests {
  private static let page = Result { try Page(file: "docs/explanation/impairments.md") }

  /// The program of the page.
  private static func program() throws -> String {
    let files = try page.get().story.flatMap(\.steps).compactMap { step in
      if case .file(let name, let text) = step { (name: name, text: text) } else { nil }
    }
    try #require(files.map(\.name) == ["fate.py"])
    return files[0].text
  }

  /// What happens to messages, in the words of the program.
  private static func fates(_ impair: String, count: UInt64, byteCount: UInt64) throws -> String {
    let file = #"{"listeners": [{"transport": "udp", "port": 7, "impair": \#(impair)}]}"#
    let impairment = try #require(try Configuration.read(Array(file.utf8)).listeners[0].impair)
    let impairer = Impairer(impairment, drawnSeed: 0)
    return (0..<count).map { number in
      let fate = impairer.fate(of: number)
      if fate.isLost { return "\(number) lost\n" }
      let flipped = fate.corruptedBit.map { ", bit \($0 % (8 * byteCount)) flipped" } ?? ""
      let time = fate.isReordered ? "ahead of others" : "after \(fate.delayMilliseconds) ms"
      return "\(number) sent\(fate.isDuplicated ? " twice" : "")\(flipped), \(time)\n"
    }.joined()
  }

  @Test(
    "has a program that knows what echod does",
    arguments: [
      #"{"seed": 0}"#,
      #"{"seed": 4711, "lossPercent": 30}"#,
      #"{"seed": 4294967295, "lossPercent": 0.1, "duplicatePercent": 50, "corruptPercent": 100}"#,
      #"{"seed": 1, "corruptPercent": 33.3, "reorderPercent": 20, "delayMilliseconds": 100}"#,
      #"{"seed": 99, "delayMilliseconds": 60000, "jitterMilliseconds": 60000, "lossPercent": 99}"#,
      """
      {"seed": 7, "lossPercent": 12.5, "duplicatePercent": 7.25, "corruptPercent": 3, "reorderPercent": 66.6, \
      "delayMilliseconds": 20, "jitterMilliseconds": 20}
      """,
    ])
  func program(impair: String) async throws {
    let (count, byteCount) = (UInt64(2000), UInt64(1472))
    try await TemporaryFile.with(try Self.program()) { path in
      let run = try await RunningProgram.run("/usr/bin/python3", [path, impair, "\(count)", "\(byteCount)"])
      #expect(run.ending == .exit(0))
      #expect(run.text == (try Self.fates(impair, count: count, byteCount: byteCount)))
    }
  }

  @Test("prints what the program prints, for the configuration that it shows")
  func printed() throws {
    let part = try #require(try Self.page.get().story.first { $0.configuration != nil })
    let configuration = try Configuration.read(Array(try #require(part.configuration).utf8))
    let command = try #require(try Self.page.get().sections.flatMap(\.commands).first)
    let words = try #require(command.text.wholeMatch(of: /python3 fate.py '(.+)' (\d+) (\d+)/))
    let file = #"{"listeners": [{"transport": "udp", "port": 7, "impair": \#(words.1)}]}"#
    #expect(try Configuration.read(Array(file.utf8)).listeners[0].impair == configuration.listeners[0].impair)
    let (count, byteCount) = (try #require(UInt64(words.2)), try #require(UInt64(words.3)))
    let fates = try Self.fates(String(words.1), count: count, byteCount: byteCount)
    #expect(command.printed.joined(separator: "\n") + "\n" == fates)
  }
}
