/// The manual pages, made by `docs/man/generate` from the programs that were built together with the tests.
struct Manual {
  /// Where the generator and its templates are.
  static let generator = Repository.path(of: "docs/man/generate")

  private let directory: String

  /// Makes the pages for as long as the body runs.
  static func with<Result>(
    environment: [String: String] = [:], _ body: (Manual) async throws -> Result
  ) async throws -> Result {
    try await TemporaryDirectory.with { directory in
      let outcome = try await RunningProgram.run(
        generator, [BuiltProgram.directory, directory], environment: environment)
      guard outcome.ending == .exit(0), outcome.errors.isEmpty else { throw Failure(errors: outcome.errors) }
      return try await body(Manual(directory: directory))
    }
  }

  /// What the generator said instead of making pages.
  struct Failure: Error {
    let errors: String
  }

  /// Where a page such as `echod.8` is.
  func path(of page: String) -> String { "\(directory)/\(page)" }

  /// A page as it is read, without bold and underlined letters, on lines that never wrap.
  func text(of page: String) async throws -> Text {
    let arguments = ["-T", "utf8", "-O", "width=500", path(of: page)]
    let printed = try await RunningProgram.run("/usr/bin/mandoc", arguments)
    return Text(lines: printed.text.split(separator: "\n").map(Self.plain))
  }

  /// Bold is a letter printed over itself, underlined is one printed over a line: what stands before BS is not read.
  private static func plain(_ line: Substring) -> String {
    var letters = ""
    for letter in line {
      if letter == "\u{8}" { _ = letters.popLast() } else { letters.append(letter) }
    }
    return letters
  }

  /// What a page says.
  struct Text {
    let lines: [String]

    /// The headings of the sections: what is not indented, but for the header and the footer.
    var headings: [String] { lines.dropFirst().dropLast().filter { $0.indentation == 0 } }

    /// The lines below a heading, up to the next one of its kind.
    func section(_ heading: String) -> Text {
      let below = lines.drop { $0.trimmed != heading }
      let depth = below.first?.indentation ?? 0
      return Text(lines: Array(below.dropFirst().prefix { $0.indentation > depth }))
    }

    /// Whether a list explains it, or a list in a list: it begins a line there, alone or with more behind a space.
    func explains(_ tag: String) -> Bool {
      lines.contains { [5, 13].contains($0.indentation) && ($0.trimmed + " ").hasPrefix(tag + " ") }
    }
  }
}

extension String {
  /// How many spaces it begins with.
  fileprivate var indentation: Int { prefix { $0 == " " }.count }
  /// It without the spaces that it begins with.
  fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
