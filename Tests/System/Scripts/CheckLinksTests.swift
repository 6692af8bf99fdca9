import Testing

@Suite("The script that checks links")
struct CheckLinksTests {
  static let path = Repository.path(of: "scripts/check-links")

  /// Runs it on a document that has this line, beside another document.
  private func check(_ line: String) async throws -> RunningProgram.Outcome {
    try await TemporaryDirectory.with { directory in
      try TemporaryFile.write("# Keys & limits\n\n\(line)\n", to: "\(directory)/README.md")
      try TemporaryFile.write("# What `run` does\n", to: "\(directory)/other.md")
      return try await RunningProgram.run(Self.path, [directory])
    }
  }

  @Test(
    "accepts links that lead somewhere, and those that lead to no file",
    arguments: [
      "[other](other.md)", "[here](.)", "[limits](#keys--limits)", "[run](other.md#what-run-does)",
      "[Swift](https://www.swift.org/nowhere.md)", "<a href=\"other.md\">other</a>", "no link",
      "```\n# comment\n[one](missing.md)\n```\n## After\n[after](#after)",
    ])
  func right(line: String) async throws {
    let outcome = try await check(line)
    #expect(outcome.ending == .exit(0) && outcome.errors.isEmpty, "\(outcome.errors)")
  }

  @Test(
    "names the document and the link that leads nowhere",
    arguments: [
      ("[one](other.md), [two](missing.md)", "missing.md does not exist"),
      ("![plot](plots/missing.svg)", "plots/missing.svg does not exist"),
      ("<img src=\"missing.png\">", "missing.png does not exist"),
      ("<source media=\"(prefers-color-scheme: dark)\" srcset=\"dark.png 2x\">", "dark.png does not exist"),
      ("[limits](#limits)", "#limits is not a heading"),
      ("[run](other.md#run)", "other.md#run is not a heading"),
      ("```\n# comment\n```\n[comment](#comment)", "#comment is not a heading"),
    ])
  func wrong(line: String, complaint: String) async throws {
    let outcome = try await check(line)
    #expect(outcome.ending == .exit(1))
    #expect(outcome.errors.hasSuffix("/README.md: \(complaint)\n"), "\(outcome.errors)")
  }

  @Test("fails when there is no document")
  func nothing() async throws {
    try await TemporaryDirectory.with { directory in
      let outcome = try await RunningProgram.run(Self.path, [directory])
      #expect(outcome.ending == .exit(1))
    }
  }
}
