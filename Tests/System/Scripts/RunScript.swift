import Testing
import TestSupport

/// `scripts/run` with the echod that was built together with the tests.
struct RunScript {
  private static let path = Repository.path(of: "scripts/run")

  /// The file that it runs.
  let configurationPath: String

  /// What starts it.
  var command: [String] { [Self.path, configurationPath, BuiltProgram.directory] }

  /// Runs it to its end.
  func run(
    wrapper: [String] = [], environment: [String: String] = [:]
  ) async throws -> RunningProgram.Outcome {
    let command = wrapper + command
    return try await RunningProgram.run(command[0], Array(command.dropFirst()), environment: environment)
  }

  /// Runs it until the body returns, which it enters when echod is ready and the script waits for it.
  func with<Result>(
    wrapper: [String] = [], input: RunningProgram.Input = .none,
    _ body: (RunningProgram) async throws -> Result
  ) async throws -> Result {
    let command = wrapper + command
    return try await RunningProgram.with(command[0], Array(command.dropFirst()), input: input) { program in
      _ = try await program.line(on: .errors) { $0.hasSuffix(" is ready") }
      // echod can be faster than the rest of the script, which prepares for signals.
      let isWaiting = await eventually { ProcessFacts(pid: program.pid).isSleeping }
      try #require(isWaiting)
      return try await body(program)
    }
  }

  /// Runs it on a configuration.
  static func with<Result>(
    _ configuration: String, _ body: (RunScript) async throws -> Result
  ) async throws -> Result {
    try await TemporaryFile.with(configuration) { try await body(RunScript(configurationPath: $0)) }
  }
}
