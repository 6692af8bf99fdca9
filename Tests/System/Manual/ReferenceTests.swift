import Foundation
import Testing

@Suite("The reference pages")
struct ReferenceTests {
  private static let generator = Repository.path(of: "docs/man/markdown")
  private static let pages = ["echoc.1.md", "echod.8.md", "echod.json.5.md"]

  /// `make docs` regenerates them.
  @Test("say what the manual pages of these programs say")
  func pages() async throws {
    let kept = try FileManager.default.contentsOfDirectory(atPath: Repository.path(of: "docs/reference"))
    #expect(kept.sorted() == Self.pages)
    try await TemporaryDirectory.with { directory in
      let outcome = try await RunningProgram.run(Self.generator, [BuiltProgram.directory, directory])
      try #require(outcome.ending == .exit(0) && outcome.errors.isEmpty, "\(outcome.errors)")
      for page in Self.pages {
        let made = try String(contentsOfFile: "\(directory)/\(page)", encoding: .utf8)
        #expect(
          try Repository.text(of: "docs/reference/\(page)") == made,
          "docs/reference/\(page) is not up to date: make docs")
      }
    }
  }

  @Test("keep blocks as they are, link to each other, and name neither version nor date")
  func form() throws {
    let daemon = try Repository.text(of: "docs/reference/echod.8.md")
    #expect(daemon.contains("\n```\neditor /etc/echod/echod.json\nsystemctl reload echod\n"))
    #expect(daemon.contains("[echod.json(5)](echod.json.5.md)") && daemon.contains("[OPERATION](#operation)"))
    let configuration = try Repository.text(of: "docs/reference/echod.json.5.md")
    #expect(configuration.contains("\n- `keepAliveSeconds` (integer, 0 to 32767)\n\n  How many seconds "))
    #expect(!daemon.contains(#/echod \d+\.\d+/#) && !daemon.contains(#/ \d{1,2}, 20\d\d/#))
  }

  @Test("are not made if a program is missing")
  func refusals() async throws {
    #expect(try await RunningProgram.run(Self.generator).ending == .exit(64))
    try await TemporaryDirectory.with { directory in
      let outcome = try await RunningProgram.run(Self.generator, ["/nowhere", directory])
      #expect(outcome.ending == .exit(1) && outcome.errors.contains("/nowhere/echo"))
    }
  }
}
