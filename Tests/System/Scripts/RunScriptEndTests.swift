import Glibc
import Testing

@Suite("The script that runs echod, at the end,")
struct RunScriptEndTests {
  /// With a port of the kernel's choice.
  private func withScript(_ body: (RunScript) async throws -> Void) async throws {
    try await RunScript.with(
      #"{ "admin": null, "listeners": [{ "transport": "tcp", "port": 0 }] }"#, body)
  }

  /// Whether echod drained and ended by itself.
  private func isRegular(_ outcome: RunningProgram.Outcome) -> Bool {
    outcome.errors.hasSuffix(" info stopped\n") && !outcome.errors.contains("during the drain")
  }

  @Test(
    "passes signals on and waits for echod, which a closed terminal ends too",
    arguments: [("SIGTERM", SIGTERM), ("SIGINT", SIGINT), ("SIGTERM", SIGHUP)])
  func signals(name: String, number: Int32) async throws {
    try await withScript { script in
      try await script.with { program in
        program.signal(number)
        let outcome = try await program.outcome()
        #expect(outcome.ending == .exit(0) && isRegular(outcome), "\(outcome.errors)")
        #expect(outcome.errors.contains("info \(name): "))
      }
    }
  }

  @Test("passes one Ctrl-C on as one signal, so that echod can drain")
  func controlC() async throws {
    try await withScript { script in
      let onTerminal = ["/usr/bin/setsid", "--ctty", "--wait"]
      try await script.with(wrapper: onTerminal, input: .terminal) { program in
        program.write("\u{3}")
        let outcome = try await program.outcome()
        #expect(outcome.ending == .exit(0) && isRegular(outcome), "\(outcome.errors)")
      }
    }
  }

  @Test("does not leave echod behind when it is killed")
  func killed() async throws {
    try await withScript { script in
      try await script.with { program in
        program.signal(SIGKILL)
        // The outcome comes when echod, the last to write to the log, has closed it.
        let outcome = try await program.outcome()
        #expect(outcome.ending == .signal(SIGKILL) && isRegular(outcome), "\(outcome.errors)")
      }
    }
  }
}
