import Addresses
import Glibc
import Testing
import TestSupport

@Suite("echod under low system limits")
struct ShortageTests {
  private static let configuration = """
    { "admin": { "port": 0 }, "drainSeconds": 1, "listeners": [
      { "name": "u", "transport": "udp", "port": 0, "queues": 2 },
      { "name": "t", "transport": "tcp", "port": 0 },
      { "name": "v", "transport": "tcp", "port": 0, "queues": 2 }
    ] }
    """

  /// Runs echod to its end behind a wrapper.
  private func outcome(_ arguments: [String], behind wrapper: [String]) async throws -> RunningProgram.Outcome
  {
    try await TemporaryFile.with(Self.configuration) { path in
      chmod(path, 0o644)
      let command = wrapper + [BuiltProgram.echod] + arguments + ["--config", path]
      return try await RunningProgram.run(command[0], Array(command.dropFirst()))
    }
  }

  private func descriptors(_ limit: Int) -> [String] {
    ["/bin/sh", "-c", #"ulimit -n \#(limit); exec "$0" "$@""#]
  }

  /// Expects that everything answers, also while each TCP listener has a client.
  private func expectService(of daemon: RunningDaemon) async throws {
    let datagrams = try PlainSocket(.udp)
    try datagrams.send([1], to: daemon.endpoint(of: "u"))
    #expect(try await datagrams.receiveDatagram().bytes == [1])
    var clients: [PlainSocket] = []
    for name in ["t", "v"] {
      let client = try PlainSocket(connectedTo: daemon.endpoint(of: name))
      try await client.send(Array(name.utf8))
      #expect(try await client.receive(exactly: 1) == Array(name.utf8))
      clients.append(client)
    }
    #expect(try await daemon.stats().totals.clients.current >= 3)
  }

  @Test("says how many descriptors it needs, and serves everything with exactly that many")
  func descriptors() async throws {
    var least = 0
    for limit in [8, 18, 20] {
      let refused = try await outcome(["run"], behind: descriptors(limit))
      #expect(refused.ending == .exit(71))
      let sentence = refused.errors.firstMatch(
        of: /cannot start: the configuration needs at least (\d+) file descriptors, but the limit is (\d+);/)
      let numbers = try #require(sentence, "\(refused.errors)")
      #expect(numbers.2 == "\(limit)")
      least = try #require(Int(numbers.1))
    }
    #expect(try await outcome(["run"], behind: descriptors(least - 1)).ending == .exit(71))
    try await RunningDaemon.with(Self.configuration, wrapper: descriptors(least)) { daemon in
      try await expectService(of: daemon)
      // A reload that needs more changes nothing.
      let more = Self.configuration.replacing(#""queues": 2 },"#, with: #""queues": 3 },"#)
      try TemporaryFile.write(more, to: daemon.configurationPath)
      daemon.program.signal(SIGHUP)
      let reason = "error the configuration needs at least \(least + 4) file descriptors"
      _ = try await daemon.program.line(on: .errors) { $0.contains(reason) }
      _ = try await daemon.program.line(on: .errors) { $0.contains("the old configuration stays in force") }
      try await expectService(of: daemon)
    }
  }

  private static let canBecomeAnother = getuid() == 0

  /// Runs a command as a user without other processes.
  private static func newUser() -> [String] {
    let user = UInt32.random(in: 100_000...1_000_000_000)
    return ["/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups"]
  }

  /// Runs a command as a user who may have that many threads. The leak sanitizer, which needs one when the program exits,
  /// is off.
  private static func threads(_ limit: Int, of user: [String] = newUser()) -> [String] {
    ["/usr/bin/env", "ASAN_OPTIONS=detect_leaks=0"] + user + ["/usr/bin/prlimit", "--nproc=\(limit)"]
  }

  @Test(
    "says how many threads it needs, and does not start without them",
    .enabled(if: canBecomeAnother, "only root can become a user without other processes"),
    arguments: [1, 2, 3, 5, 10])
  func threads(limit: Int) async throws {
    let refused = try await outcome(["run"], behind: Self.threads(limit))
    #expect(refused.ending == .exit(71))
    let sentence = refused.errors.firstMatch(
      of:
        /cannot start: the configuration needs (\d+) threads, but only (\d+) are possible: Resource temporarily/
    )
    let numbers = try #require(sentence, "\(refused.errors)")
    let needed = try #require(Int(numbers.1))
    let possible = try #require(Int(numbers.2))
    // The thread sanitizer has a thread of its own.
    #expect(possible == limit || BuiltProgram.isSanitized && possible == limit - 1)
    #expect(needed > 10)
    #expect(try await outcome(["run"], behind: Self.threads(needed - 1)).ending == .exit(71))
  }

  @Test(
    "checks and shows its configuration with its only thread",
    .enabled(if: canBecomeAnother, "only root can become a user without other processes"),
    arguments: ["check", "show"])
  func onlyThread(command: String) async throws {
    let outcome = try await outcome([command], behind: Self.threads(1))
    #expect(outcome.ending == .exit(0) && outcome.errors.isEmpty)
  }

  @Test(
    "stops when it is told to, even if it can have no more threads",
    .enabled(if: canBecomeAnother, "only root can become a user without other processes"))
  func laterStop() async throws {
    let user = Self.newUser()
    let wrapper = Self.threads(64, of: user)
    try await TemporaryFile.with(Self.configuration) { path in
      chmod(path, 0o644)
      let command = wrapper.dropFirst() + [BuiltProgram.echod, "--config", path]
      try await RunningProgram.with(wrapper[0], Array(command)) { program in
        _ = try await program.line(on: .errors) { $0.hasSuffix(" is ready") }
        let limit = user.dropFirst() + ["/usr/bin/prlimit", "--pid", "\(program.pid)", "--nproc=1"]
        let limited = try await RunningProgram.run(user[0], Array(limit))
        try #require(limited.ending == .exit(0))
        program.signal(SIGTERM)
        #expect(try await program.outcome().ending == .exit(0))
      }
    }
  }
}
