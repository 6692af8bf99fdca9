import Testing

/// Does the exercises of the page as a student does, with the configurations and the clients that it shows.
@Suite("The exercises for a class")
struct TeachTests {
  private static let file = "docs/how-to/teach.md"
  /// The part that can be run.
  private static let page = Result {
    let text = try Repository.text(of: file)
    let start = try #require(text.range(of: "\n## Exercise: "))
    return try Page(String(text[start.lowerBound...]))
  }
  private static let sections = (try? page.get().sections) ?? []

  @Test(
    "print what the page says",
    .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"), arguments: sections)
  func exercise(section: Page.Section) async throws {
    try await PageRun.run(section.parts)
  }

  @Test("have clients of about a dozen lines, each of which is run")
  func form() throws {
    let sections = try Self.page.get().sections
    #expect(sections.count == 4)
    for section in sections {
      let steps = section.parts.flatMap(\.steps)
      #expect(section.parts.contains { $0.configuration != nil }, "\(section.heading)")
      for case .file(let name, let text) in steps {
        #expect(text.split(separator: "\n").count <= 16, "\(name)")
        #expect(section.commands.contains { $0.text.hasPrefix("python3 \(name) ") }, "\(name)")
      }
    }
  }
}
