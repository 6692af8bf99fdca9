import Testing

@testable import EchoCore

@Suite("The manual")
struct ManualTests {
  /// A page and the sections that people look for in it.
  struct Page: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let sections: Set<String>

    init(_ name: String, and sections: String...) {
      testDescription = name
      self.sections = Set(["NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "SEE ALSO"] + sections)
    }
  }

  private static let pages = [
    Page("echod.8", and: "COMMANDS", "OPTIONS", "RESTART", "NO ANSWER", "SIGNALS", "FILES", "EXIT STATUS"),
    Page("echod.json.5", and: "FILES"),
    Page("echoc.1", and: "COMMANDS", "OPTIONS", "DIFFERENCES FROM PING(8)", "EXIT STATUS"),
  ]

  @Test("has no fault that mandoc warns of, and the sections that people look for", arguments: pages)
  func form(page: Page) async throws {
    try await Manual.with { manual in
      let path = manual.path(of: page.testDescription)
      let lint = try await RunningProgram.run("/usr/bin/mandoc", ["-T", "lint", "-W", "warning", path])
      #expect(
        lint.ending == .exit(0) && lint.text.isEmpty && lint.errors.isEmpty, "\(lint.text)\(lint.errors)")
      let headings = try await manual.text(of: page.testDescription).headings
      #expect(page.sections.isSubset(of: headings))
    }
  }

  @Test("explains each subcommand and option that the help knows", arguments: ["echod.8", "echoc.1"])
  func commandLine(page: String) async throws {
    let program = page.hasPrefix("echod") ? BuiltProgram.echod : BuiltProgram.echoc
    let help = try await RunningProgram.run(program, ["--help"]).text
    let subcommands = help.lines(below: "SUBCOMMANDS:").compactMap(\.tag).compactMap {
      $0.split(separator: " ").first.map(String.init)
    }
    #expect(subcommands.count >= 1)
    try await Manual.with { manual in
      let text = try await manual.text(of: page)
      for subcommand in subcommands {
        #expect(text.section("COMMANDS").explains(subcommand))
        let help = try await RunningProgram.run(program, ["help", subcommand]).text
        let tags = ["ARGUMENTS:", "OPTIONS:"].flatMap { help.lines(below: $0) }.compactMap(\.tag)
        #expect(tags.contains("-h, --help"))
        for tag in tags {
          // An option that not every subcommand has stands under its own.
          #expect(["OPTIONS", "COMMANDS"].contains { text.section($0).explains(tag) }, "\(tag)")
        }
      }
    }
  }

  @Test("explains each key of the configuration under its transport")
  func keys() async throws {
    try await Manual.with { manual in
      let text = try await manual.text(of: "echod.json.5")
      for key in ["$schema", "admin", "address", "port", "unix", "drainSeconds", "listeners"] {
        #expect(text.section("Keys of the file").explains(key))
      }
      for key in ListenerConfiguration.keys {
        let kind = key.transport.map { "\($0.rawValue.uppercased()) " } ?? ""
        #expect(text.section("Keys of a \(kind)listener").explains(key.name))
      }
    }
  }

  @Test("shows configurations that are valid")
  func examples() async throws {
    try await Manual.with { manual in
      let indented = try await manual.text(of: "echod.json.5").section("EXAMPLES").lines
        .filter { $0.hasPrefix("           ") }
      let examples = indented.split { $0 == "           }" }.map { $0.joined(separator: "\n") + "\n}" }
      #expect(examples.count == 4)
      for example in examples {
        #expect(throws: Never.self) { try Configuration.read(Array(example.utf8)) }
      }
    }
  }

  @Test("tells the version, and the date that a reproducible build asks for")
  func version() async throws {
    try await Manual.with(environment: ["SOURCE_DATE_EPOCH": "86399"]) { manual in
      let footer = try #require(try await manual.text(of: "echod.8").lines.last)
      #expect(footer.hasPrefix("echod \(echodVersion) ") && footer.contains(" January 1, 1970 "))
    }
  }

  @Test("is not made from what is not there")
  func refusals() async throws {
    #expect(try await RunningProgram.run(Manual.generator).ending == .exit(64))
    try await TemporaryDirectory.with { directory in
      let outcome = try await RunningProgram.run(Manual.generator, ["/nowhere", directory])
      #expect(outcome.ending == .exit(1) && outcome.errors.contains("/nowhere/echo"))
    }
  }
}

extension String {
  /// The lines below one that is a heading, up to an empty one.
  fileprivate func lines(below heading: String) -> [Substring] {
    let lines = split(separator: "\n", omittingEmptySubsequences: false)
    return Array(lines.drop { $0 != heading }.dropFirst().prefix { !$0.isEmpty })
  }
}

extension Substring {
  /// What a line of the help explains: `-h, --help`, `--config file`, `endpoint`; `nil` where it only goes on.
  fileprivate var tag: String? {
    guard hasPrefix("  "), !hasPrefix("   ") else { return nil }
    let words = split(separator: " ", omittingEmptySubsequences: false).dropFirst(2).prefix { !$0.isEmpty }
    return words.joined(separator: " ").filter { $0 != "<" && $0 != ">" }
  }
}
