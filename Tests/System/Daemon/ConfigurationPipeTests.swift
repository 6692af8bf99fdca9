import Glibc
import Testing
import TestSupport

@Suite("A pipe in the place of the configuration")
struct ConfigurationPipeTests {
  private static let configuration = #"{ "admin": null, "listeners": [{ "transport": "tcp", "port": 0 }] }"#

  @Test(
    "is read at the start: one that a shell makes, or standard input",
    arguments: [#"exec "$0" --config <(cat "$1")"#, #"exec "$0" --config /dev/stdin < <(cat "$1")"#])
  func start(command: String) async throws {
    try await TemporaryFile.with(Self.configuration) { path in
      try await RunningProgram.with("/bin/bash", ["-c", command, BuiltProgram.echod, path]) { program in
        _ = try await program.line(on: .errors) { $0.hasSuffix(" is ready") }
      }
    }
  }

  @Test("is refused by a reload, which does not wait for it")
  func reload() async throws {
    try await RunningDaemon.with(Self.configuration) { daemon in
      try TemporaryFile.replaceByPipe(daemon.configurationPath)
      daemon.program.signal(SIGHUP)
      let path = daemon.configurationPath
      _ = try await daemon.program.line(on: .errors) { $0.hasSuffix("\(path): not a regular file") }
      _ = try await daemon.program.line(on: .errors) { $0.contains("the old configuration stays in force") }
    }
  }

  @Test(
    "does not keep echod from stopping while nothing comes from it",
    arguments: [SIGTERM, SIGINT])
  func stop(signal: Int32) async throws {
    try await TemporaryFile.with("") { path in
      try TemporaryFile.replaceByPipe(path)
      try await RunningProgram.with(BuiltProgram.echod, ["--config", path]) { program in
        var writing: Int32 = -1
        defer { close(writing) }
        // A writer can open it once there is a reader.
        let isOpen = await eventually {
          writing = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
          return writing >= 0
        }
        try #require(isOpen)
        // No signal to reload ends it.
        program.signal(SIGHUP)
        program.signal(signal)
        #expect(try await program.outcome().ending == .exit(0))
      }
    }
  }
}
