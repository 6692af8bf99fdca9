import Addresses
import Glibc
import Testing
import TestSupport

@Suite("A stop of echod")
struct StopTests {
  private static let configuration = """
    { "admin": { "port": 0 }, "drainSeconds": 3600,
      "listeners": [{ "name": "tcp", "transport": "tcp", "port": 0 }] }
    """

  /// Starts echod with a client that does not read, so that the drain lasts.
  private func withDrain(_ body: (RunningProgram) async throws -> Void) async throws {
    try await TemporaryFile.with(Self.configuration) { path in
      try await RunningProgram.with(BuiltProgram.echod, ["--config", path]) { program in
        _ = try await program.line(on: .errors) { $0.hasSuffix(" is ready") }
        let daemon = RunningDaemon(program, configurationPath: path)
        let server = try daemon.endpoint(of: "tcp")
        let clients = try await daemon.stalledClients(1, of: "tcp")
        program.signal(SIGTERM)
        _ = try await program.line(on: .errors) { $0.hasSuffix(" tcp: draining echo on tcp \(server)") }
        try await body(program)
        withExtendedLifetime(clients) {}
      }
    }
  }

  @Test("ends at once with another signal, or with the same one again", arguments: [SIGINT, SIGTERM])
  func second(signal: Int32) async throws {
    try await withDrain { program in
      // The same signal counts as a second one only after a while.
      let hasEnded = await eventually {
        program.signal(signal)
        return kill(program.pid, 0) != 0
      }
      #expect(hasEnded)
      let outcome = try await program.outcome()
      #expect(outcome.ending == .exit(0))
      let name = signal == SIGINT ? "SIGINT" : "SIGTERM"
      #expect(outcome.errors.hasSuffix(" warning \(name) during the drain: stopping at once\n"))
    }
  }

  @Test("does not end at once because of a signal to reload")
  func reload() async throws {
    try await withDrain { program in
      program.signal(SIGHUP)
      // Taken after it: of pending signals, the one with the lowest number comes first.
      program.signal(SIGINT)
      let outcome = try await program.outcome()
      #expect(outcome.errors.hasSuffix(" warning SIGINT during the drain: stopping at once\n"))
    }
  }

  @Test("does not end at once because a program sends its signal to the process and to its group")
  func repetition() async throws {
    let script = #"timeout "$2" "$0" --config "$1"; echo "$?""#
    try await TemporaryFile.with(Self.configuration) { path in
      // On a busy machine it may not be ready before the signal.
      for seconds in ["0.3", "3", "15"] {
        let outcome = try await RunningProgram.run(
          "/bin/bash", ["-c", script, BuiltProgram.echod, path, seconds])
        guard outcome.errors.contains(" is ready") else { continue }
        #expect(outcome.text == "124\n" && outcome.errors.hasSuffix(" info stopped\n"))
        return
      }
      Issue.record("it was never ready")
    }
  }

  @Test("does not wait for its notifications to be read, and nor does a reload", arguments: [false, true])
  func unreadNotifications(isAbstract: Bool) async throws {
    try await NotifySocket.with(isAbstract: isAbstract) { manager in
      try await RunningDaemon.with(Self.configuration, environment: manager.environment) { daemon in
        let ready = try await manager.message()
        try manager.fill()
        for number in 1...3 {
          daemon.program.signal(SIGHUP)
          let isReloaded = await eventually {
            let log = String(decoding: daemon.program.printed(on: .errors), as: UTF8.self)
            return log.split(separator: "\n").count { $0.contains(" was read again") } == number
          }
          try #require(isReloaded)
        }
        // Afterwards the manager receives the beginning and the end of the last reload.
        var messages: [[String]] = []
        while messages.last != ready { messages.append(try await manager.message()) }
        #expect(messages.suffix(2).first?.first == "RELOADING=1")
        #expect(messages.count { $0.first == "RELOADING=1" } == 1)
        try manager.fill()
      }
    }
  }
}
