import Testing

/// The checks of the live page in Chromium, in groups: see `Driver/run.py`.
///
/// A group runs once for all tests that ask for one of its checks, because each run starts a browser and an echod.
actor PageChecks {
  /// A group.
  enum Group: String {
    case live, outage, hostile, crowd
  }

  private static let shared = PageChecks()
  /// More than the slowest group needs on a busy machine.
  private static let deadlineSeconds = 10 * RunningProgram.usualDeadlineSeconds

  /// How many browsers run at the same time.
  private static let mostBrowsers = 2

  private typealias Run = Task<RunningProgram.Outcome, any Error>
  private var runs: [Group: Run] = [:]
  /// In the order in which they were asked for.
  private var order: [Run] = []

  /// Expects that a check of a group succeeds.
  static func expect(
    _ check: String, of group: Group, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let outcome = try await shared.run(of: group).value
    let lines = outcome.text.split(separator: "\n")
    if lines.contains(where: { $0.hasPrefix("ok \(check) ") }) { return }
    let failure = lines.first { $0.hasPrefix("failed \(check): ") }.map(String.init)
    let reason = failure ?? "no result of \(check): \(outcome.text)\(outcome.errors)"
    Issue.record("\(reason)", sourceLocation: sourceLocation)
  }

  private func run(of group: Group) -> Run {
    if let run = runs[group] { return run }
    let before = order.dropLast(Self.mostBrowsers - 1).last
    let run = Run {
      _ = try? await before?.value
      return try await Self.outcome(of: group)
    }
    runs[group] = run
    order.append(run)
    return run
  }

  private static func outcome(of group: Group) async throws -> RunningProgram.Outcome {
    try await TemporaryDirectory.with { directory in
      let driver = PythonProgram(
        file: "Page/Driver/run.py", arguments: [group.rawValue, BuiltProgram.echod, directory])
      let outcome = try await driver.run(input: "", deadlineSeconds: deadlineSeconds)
      for line in outcome.text.split(separator: "\n") where line.hasPrefix("measured: ") { print(line) }
      return outcome
    }
  }
}
