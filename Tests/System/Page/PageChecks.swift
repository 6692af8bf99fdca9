import Testing

/// The checks of the live page in Chromium, in groups: see `Driver/run.py`.
///
/// A group runs once for all tests that ask for one of its checks, because each run starts a browser and an echod.
actor PageChecks {
  /// A group. The slowest come first.
  enum Group: String, CaseIterable {
    case outage, live, revisit, crowd, hostile
  }

  private static let shared = PageChecks()
  /// More than the slowest group needs on a busy machine.
  private static let deadlineSeconds = 10 * RunningProgram.usualDeadlineSeconds

  /// How many browsers run at the same time.
  private static let mostBrowsers = 2

  private typealias Run = Task<RunningProgram.Outcome, any Error>
  private var runs: [Group: Run] = [:]
  private var browsers = 0
  private var waiting: [Group: CheckedContinuation<Void, Never>] = [:]

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
    let run = Run {
      await waitForBrowser(of: group)
      defer { giveBrowser() }
      return try await Self.outcome(of: group)
    }
    runs[group] = run
    return run
  }

  private func waitForBrowser(of group: Group) async {
    if browsers < Self.mostBrowsers {
      browsers += 1
    } else {
      await withCheckedContinuation { waiting[group] = $0 }
    }
  }

  /// Lets the slowest group that waits have the browser, because the last group then ends sooner.
  private func giveBrowser() {
    guard let next = Group.allCases.first(where: { waiting[$0] != nil }) else { return browsers -= 1 }
    waiting.removeValue(forKey: next)?.resume()
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
