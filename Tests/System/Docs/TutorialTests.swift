import Testing

/// Works through the page as a student does, section by section, with the programs that it shows.
@Suite("The tutorial of the course")
struct TutorialTests {
  private static let page = Result { try Page(file: "docs/tutorial/course.md") }

  @Test(
    "works as written, from the first step to the last",
    .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"))
  func story() async throws {
    try await PageRun.run(Self.page.get().story)
  }

  @Test("starts echod, stops it and starts it again, and each program is written before it runs")
  func form() throws {
    let parts = try Self.page.get().story
    #expect(parts.map { $0.configuration != nil } == [false, true, false, true])
    var written: Set<String> = []
    for step in parts.flatMap(\.steps) {
      if case .file(let name, _) = step { written.insert(name) }
      guard case .command(let command) = step, command.text.hasPrefix("python3 ") else { continue }
      #expect(written.contains(String(command.text.split(separator: " ")[1])), "\(command.text)")
    }
    #expect(written == ["tcp_client.py", "udp_client.py"])
  }

  @Test("has programs of at most twenty lines")
  func programs() throws {
    for case .file(let name, let text) in try Self.page.get().story.flatMap(\.steps) {
      #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 21, "\(name)")
    }
  }
}
