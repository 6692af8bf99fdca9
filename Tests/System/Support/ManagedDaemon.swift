import Glibc
import Testing

/// How a manager ends an echod.
enum ManagedEnd: Sendable {
  /// To start the next one: see systemd.kill(5), RestartKillSignal=.
  case restart
  /// For good: the store is emptied.
  case stop
  /// By a crash.
  case kill
  /// Not at all: the test did.
  case byTest
}

extension StoringManager {
  /// Starts a program as a service, for as long as the body runs.
  ///
  /// - Parameters:
  ///   - environment: further variables, which a shell before the program does not see.
  nonisolated func start<Result>(
    _ command: [String], environment: [String: String] = [:],
    deadlineSeconds: Int = RunningProgram.usualDeadlineSeconds,
    _ body: (RunningProgram) async throws -> Result
  ) async throws -> Result {
    let start = takeStart()
    // LISTEN_PID is the program's own id, which only a shell in its place knows before.
    let script = #"LISTEN_PID=$$ exec /usr/bin/env "$@""#
    let arguments = ["-c", script, "sh"] + environment.map { "\($0)=\($1)" } + command
    return try await RunningProgram.with(
      "/bin/sh", arguments, environment: start.environment, passed: start.descriptors,
      deadlineSeconds: deadlineSeconds, body)
  }

  /// Starts the built echod, for as long as the body runs.
  ///
  /// - Parameters:
  ///   - wrapper: a command that ends by running the one that is appended to it.
  nonisolated func startDaemon<Result>(
    environment: [String: String] = [:], wrapper: [String] = [],
    deadlineSeconds: Int = RunningProgram.usualDeadlineSeconds,
    _ body: (RunningProgram) async throws -> Result
  ) async throws -> Result {
    try await start(
      wrapper + [BuiltProgram.echod, "run", "--config", configurationPath], environment: environment,
      deadlineSeconds: deadlineSeconds, body)
  }

  /// Starts the built echod, runs the body when it is ready, and ends it then.
  nonisolated func run<Result>(
    thenBy end: ManagedEnd = .restart, environment: [String: String] = [:], wrapper: [String] = [],
    deadlineSeconds: Int = RunningProgram.usualDeadlineSeconds,
    _ body: (RunningDaemon) async throws -> Result
  ) async throws -> Result {
    try await startDaemon(environment: environment, wrapper: wrapper, deadlineSeconds: deadlineSeconds) {
      program in
      _ = try await program.line(on: .errors) { $0.hasSuffix(" is ready") }
      let daemon = RunningDaemon(program, configurationPath: configurationPath)
      let result = try await body(daemon)
      try await self.end(program, by: end)
      return result
    }
  }

  /// Ends an echod. Unless it crashes, it has to end with exit status 0.
  nonisolated func end(_ program: RunningProgram, by end: ManagedEnd) async throws {
    switch end {
    case .restart: program.signal(SIGUSR2)
    case .stop: program.signal(SIGTERM)
    case .kill: program.signal(SIGKILL)
    case .byTest: break
    }
    let outcome = try await program.outcome()
    let expected = end == .kill ? RunningProgram.Ending.signal(SIGKILL) : .exit(0)
    try #require(outcome.ending == expected, "\(outcome.errors)")
    if end == .stop { change { $0.removeAll() } }
  }
}
