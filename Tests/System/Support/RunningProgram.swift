import Glibc

/// A program that runs beside a test: what it prints is collected as it comes, and it is gone when the test is.
///
/// Nothing here keeps a thread of the tests waiting: a wait is an `await`, and reads, writes and the wait for the end
/// have threads of their own. A program that lives longer than ``deadlineSeconds`` is killed and fails the test.
final class RunningProgram: Sendable {
  /// What the program reads.
  enum Input: Sendable {
    /// Nothing: an end of file at once.
    case none
    /// What ``write(_:)`` brings, until ``closeInput()``.
    case pipe
    /// A terminal, which is its standard output too.
    case terminal
  }

  /// Where the program prints.
  enum Stream: Sendable {
    case output, errors
  }

  /// How the program ended.
  enum Ending: Sendable, Equatable {
    case exit(Int32)
    case signal(Int32)
  }

  /// What a program printed, from its beginning to its end.
  struct Outcome: Sendable {
    var ending: Ending
    var output: [UInt8]
    var errors: String

    var text: String { String(decoding: output, as: UTF8.self) }
  }

  /// What was waited for did not come.
  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  /// The safety net for a test that waits for what never comes, unless the test names another.
  static let usualDeadlineSeconds = BuiltProgram.isSanitized ? 180 : 90

  /// The process id.
  let pid: pid_t
  private let process: Process
  private let input: InputEnd
  private let name: String
  private let deadlineSeconds: Int

  private init(
    _ path: String, _ arguments: [String], input: Input, environment: [String: String], passed: [Int32],
    deadlineSeconds: Int
  ) throws {
    Glibc.signal(SIGPIPE, SIG_IGN)
    name = path.split(separator: "/").last.map(String.init) ?? path
    let spawn = try Spawn(
      path, arguments, onTerminal: input == .terminal, environment: environment, passed: passed)
    pid = spawn.pid
    process = Process(pid: spawn.pid)
    self.input = InputEnd(spawn.input)
    self.deadlineSeconds = deadlineSeconds
    process.follow(output: spawn.output, errors: spawn.errors, deadlineSeconds: deadlineSeconds)
    if input == .none { closeInput() }
  }

  /// Starts a program for as long as the body runs, and kills it then if it still lives.
  ///
  /// - Parameters:
  ///   - passed: descriptors that the program has from 3 on; ours are closed.
  static func with<Result>(
    _ path: String, _ arguments: [String] = [], input: Input = .none, environment: [String: String] = [:],
    passed: [Int32] = [], deadlineSeconds: Int = usualDeadlineSeconds,
    _ body: (RunningProgram) async throws -> Result
  ) async throws -> Result {
    let program = try RunningProgram(
      path, arguments, input: input, environment: environment, passed: passed,
      deadlineSeconds: deadlineSeconds)
    defer { program.signal(SIGKILL) }
    return try await body(program)
  }

  /// Runs a program to its end.
  static func run(
    _ path: String, _ arguments: [String] = [], input: some Sequence<UInt8> = [],
    environment: [String: String] = [:], deadlineSeconds: Int = usualDeadlineSeconds
  ) async throws -> Outcome {
    try await with(
      path, arguments, input: .pipe, environment: environment, deadlineSeconds: deadlineSeconds
    ) { program in
      program.write(input)
      program.closeInput()
      return try await program.outcome()
    }
  }

  /// Gives it something to read; returns at once.
  func write(_ bytes: some Sequence<UInt8>) { input.write(Array(bytes)) }

  /// Gives it something to read; returns at once.
  func write(_ text: String) { input.write(Array(text.utf8)) }

  /// Lets it come to the end of its input, after what was written.
  func closeInput() { input.close() }

  /// Sends it a signal, unless it has ended.
  func signal(_ number: Int32) { process.signal(number) }

  /// What it printed so far.
  func printed(on stream: Stream) -> [UInt8] { process.progress[stream] }

  /// Waits for a whole line that it prints or has printed, and returns it without its newline.
  func line(on stream: Stream = .output, where matches: @escaping @Sendable (String) -> Bool) async throws
    -> String
  {
    let first: @Sendable (Progress) -> String? = { $0.lines(stream).first(where: matches) }
    let progress = await process.wait { first($0) != nil || $0.isClosed(stream) }
    guard let line = first(progress) else { throw missing("the line", progress) }
    return line
  }

  /// Waits until all that it printed is as wished: for a prompt, which is no line.
  func wait(for stream: Stream = .output, until matches: @escaping @Sendable ([UInt8]) -> Bool) async throws {
    let progress = await process.wait { matches($0[stream]) || $0.isClosed(stream) }
    guard matches(progress[stream]) else { throw missing("the output", progress) }
  }

  /// Waits for its end.
  func outcome() async throws -> Outcome {
    let progress = await process.wait { $0.isOver }
    guard let ending = progress.ending, !progress.isOverdue else { throw missing("the end", progress) }
    return Outcome(
      ending: ending, output: progress[.output], errors: String(decoding: progress[.errors], as: UTF8.self))
  }

  private func missing(_ what: String, _ progress: Progress) -> Missing {
    let reason = progress.isOverdue ? "within \(deadlineSeconds) s" : "before it ended"
    let (output, errors) = (progress[.output], progress[.errors])
    return Missing(
      description: """
        \(what) of \(name) did not come \(reason). Its output: \(String(decoding: output.prefix(4096), as: UTF8.self))
        Its errors: \(String(decoding: errors.prefix(4096), as: UTF8.self))
        """)
  }
}
