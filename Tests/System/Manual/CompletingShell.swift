/// A shell whose completions a test tries, as someone at a terminal would.
enum CompletingShell: String, CaseIterable, Sendable {
  case bash, zsh, fish

  /// What prints the completions for the package.
  private static let generator = Repository.path(of: "scripts/completions")

  /// Starts the shell in a directory with these files and no others that a completion could find. It has the completions
  /// of both programs, and takes keys until the body returns.
  func with<Result>(
    files: [String: String], _ body: (RunningProgram) async throws -> Result
  ) async throws -> Result {
    try await TemporaryDirectory.with { scripts in
      for program in ["echod", "echoc"] {
        let script = try await RunningProgram.run(
          Self.generator, ["\(BuiltProgram.directory)/\(program)", rawValue])
        guard script.ending == .exit(0) else { throw NoCompletions(errors: script.errors) }
        try TemporaryFile.write(script.text, to: "\(scripts)/\(fileName(program))")
      }
      return try await TemporaryDirectory.with { directory in
        for (name, text) in files { try TemporaryFile.write(text, to: "\(directory)/\(name)") }
        // In a session of its own, so that the shell takes this terminal for its own and not the one of the tests.
        return try await RunningProgram.with(
          "/usr/bin/setsid", ["--ctty", "--wait"] + command, input: .terminal, environment: Self.environment
        ) { shell in
          for line in preparation(scripts) + ["cd \(directory)"] { shell.write(line + "\n") }
          return try await body(shell)
        }
      }
    }
  }

  /// What the generator said instead of printing completions.
  struct NoCompletions: Error {
    let errors: String
  }

  /// In a home that is none, fish cannot leave files behind.
  private static let environment = [
    "PATH": "\(BuiltProgram.directory):/usr/bin:/bin", "TERM": "dumb", "HISTFILE": "", "HOME": "/dev/null",
  ]

  /// Without the files that a user or an administrator may have put in place.
  private var command: [String] {
    switch self {
    case .bash: ["bash", "--noprofile", "--norc", "-i"]
    case .zsh: ["zsh", "--no-rcs", "-i"]
    case .fish: ["fish", "--no-config", "--interactive"]
    }
  }

  /// What the package calls the file, which is how zsh and fish find it.
  private func fileName(_ program: String) -> String {
    switch self {
    case .bash: program
    case .zsh: "_\(program)"
    case .fish: "\(program).fish"
    }
  }

  private func preparation(_ scripts: String) -> [String] {
    switch self {
    case .bash: ["source \(scripts)/echod", "source \(scripts)/echoc"]
    case .zsh: ["fpath=(\(scripts) $fpath)", "autoload -Uz compinit", "compinit -u -D"]
    case .fish: ["set fish_complete_path \(scripts)"]
    }
  }
}
