import Addresses
import EchoCore
import Glibc
import Testing
import TestSupport

@Suite("echod on the command line")
struct CommandLineTests {
  /// A wrong file and what echod says about it.
  struct WrongFile: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let text: String
    let lines: [String]

    init(_ name: String, _ text: String, _ lines: String...) {
      (testDescription, self.text, self.lines) = (name, text, lines)
    }
  }

  private static let wrongFiles = [
    WrongFile(
      "a port out of range", #"{"listeners": [{"transport": "udp", "port": 70000}]}"#,
      "listeners[0].port: 70000 is not a port (0 to 65535)"),
    WrongFile("nothing", "", "1:1:"),
    WrongFile("a syntax error", "{\n  \"listeners\": [,]\n}", "2:17:"),
    WrongFile("no listeners", "{}", "listeners"),
    WrongFile(
      "an unknown transport", #"{"listeners": [{"transport": "tpc", "port": 7}]}"#,
      "listeners[0].transport:", "tcp"),
    WrongFile(
      "an unknown service", #"{"listeners": [{"transport": "tcp", "port": 7, "service": "uppercas"}]}"#,
      "listeners[0].service:", "\"uppercase\"", "discard"),
    WrongFile(
      "a misspelt key", #"{"listeners": [{"transport": "tcp", "port": 7, "adress": "::"}]}"#,
      "listeners[0].adress:", "address"),
    WrongFile(
      "a name for an address", #"{"listeners": [{"transport": "tcp", "port": 7, "address": "localhost"}]}"#,
      "listeners[0].address:", "127.0.0.1"),
    WrongFile(
      "a key of the other transport", #"{"listeners": [{"transport": "udp", "port": 7, "backlog": 5}]}"#,
      "listeners[0].backlog:"),
    WrongFile(
      "the same name twice",
      #"{"listeners": [{"name": "a", "transport": "udp", "port": 7}, {"name": "a", "transport": "udp", "port": 8}]}"#,
      "listeners[1].name:"),
    WrongFile(
      "a wrong type", #"{"listeners": [{"transport": "tcp", "port": "7"}], "drainSeconds": true}"#,
      "listeners[0].port:", "drainSeconds:"),
    WrongFile(
      "a prefix with host bits",
      #"{"listeners": [{"transport": "tcp", "port": 7, "allow": ["10.1.2.3/8"]}]}"#,
      "listeners[0].allow[0]:", "10.0.0.0/8"),
    WrongFile(
      "a limit out of range",
      #"{"listeners": [{"transport": "tcp", "port": 7, "idleTimeoutSeconds": -1}]}"#,
      "listeners[0].idleTimeoutSeconds: -1", "0 to 86400"),
  ]

  @Test("says for each wrong file what is wrong, where, and what would be valid", arguments: wrongFiles)
  func check(file: WrongFile) async throws {
    try await TemporaryFile.with(file.text) { path in
      for command in ["check", "show", "run"] {
        let outcome = try await RunningProgram.run(BuiltProgram.echod, [command, "--config", path])
        #expect(outcome.ending == .exit(78))
        #expect(outcome.output.isEmpty)
        for line in file.lines { #expect(outcome.errors.contains(line)) }
        let said = outcome.errors.split(separator: "\n")
        #expect(!said.isEmpty && said.allSatisfy { $0.hasPrefix("\(path):") })
      }
    }
  }

  @Test("checks a valid file without binding anything")
  func checkOfValidFile() async throws {
    // The port is taken: a check that bound it would fail.
    let taken = try PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
    let port = try taken.localEndpoint().port
    try await TemporaryFile.with(#"{"listeners": [{"transport": "udp", "port": \#(port)}]}"#) { path in
      let outcome = try await RunningProgram.run(BuiltProgram.echod, ["check", "--config", path])
      #expect(outcome.ending == .exit(0) && outcome.text == "\(path): ok\n")
      let run = try await RunningProgram.run(BuiltProgram.echod, ["--config", path])
      #expect(run.ending == .exit(71))
      let reason = "listener echo-udp-\(port): cannot bind udp 127.0.0.1:\(port): Address already in use"
      #expect(run.errors.contains(reason))
    }
  }

  @Test("checks the file that the echod of a service reads, before a reload")
  func checkOfRunning() async throws {
    try await TemporaryDirectory.with { directory in
      let service = ["RUNTIME_DIRECTORY": directory]
      let check = ["check", "--running"]
      let early = try await RunningProgram.run(BuiltProgram.echod, check, environment: service)
      #expect(early.ending == .exit(66) && early.errors.hasPrefix("\(directory)/configuration: "))
      try await RunningDaemon.with(
        #"{ "admin": null, "listeners": [{ "transport": "udp", "port": 0 }] }"#, environment: service
      ) { daemon in
        let right = try await RunningProgram.run(BuiltProgram.echod, check, environment: service)
        #expect(right.ending == .exit(0) && right.text == "\(daemon.configurationPath): ok\n")
        try TemporaryFile.write("{}", to: daemon.configurationPath)
        let wrong = try await RunningProgram.run(BuiltProgram.echod, check, environment: service)
        #expect(wrong.ending == .exit(78) && wrong.errors.hasPrefix("\(daemon.configurationPath): "))
      }
    }
  }

  @Test("does not wait for a pipe before a reload, which would not read one")
  func checkOfRunningPipe() async throws {
    try await TemporaryDirectory.with { directory in
      let service = ["RUNTIME_DIRECTORY": directory]
      try await RunningDaemon.with(
        #"{ "admin": null, "listeners": [{ "transport": "udp", "port": 0 }] }"#, environment: service
      ) { daemon in
        try TemporaryFile.replaceByPipe(daemon.configurationPath)
        let outcome = try await RunningProgram.run(
          BuiltProgram.echod, ["check", "--running"], environment: service)
        #expect(outcome.ending == .exit(66) && outcome.errors.hasSuffix(": not a regular file\n"))
      }
    }
  }

  @Test("keeps a file that is in the place of its note for reloads")
  func noteInTheWay() async throws {
    try await TemporaryDirectory.with { directory in
      try TemporaryFile.write("mine", to: "\(directory)/configuration")
      try await RunningDaemon.with(
        #"{ "admin": null, "listeners": [{ "transport": "udp", "port": 0 }] }"#,
        environment: ["RUNTIME_DIRECTORY": directory]
      ) { daemon in
        let log = String(decoding: daemon.program.printed(on: .errors), as: UTF8.self)
        #expect(log.contains("warning cannot write to the runtime directory"))
        #expect(log.contains(": File exists\n"))
        let kept = try await RunningProgram.run("/bin/cat", ["\(directory)/configuration"])
        #expect(kept.text == "mine")
      }
    }
  }

  private static let isRoot = getuid() == 0

  @Test(
    "does nothing where it cannot read its command line", .enabled(if: isRoot, "only root can unmount"),
    .disabled(if: getenv("LSAN_OPTIONS") != nil, "the leak sanitizer needs /proc"),
    arguments: ["check", "--version"])
  func lostArguments(argument: String) async throws {
    let script = "umount --lazy /proc && exec \"$@\""
    let outcome = try await RunningProgram.run(
      "/usr/bin/unshare", ["--mount", "/bin/sh", "-c", script, "sh", BuiltProgram.echod, argument])
    #expect(outcome.ending == .exit(71))
    // A sanitizer may complain about the missing /proc first.
    #expect(
      outcome.errors.hasSuffix("echod: cannot read the command line, because /proc is not mounted\n"))
  }

  @Test("looks for the packaged service when it runs outside of one")
  func checkOfPackaged() async throws {
    let outside = try await RunningProgram.run(BuiltProgram.echod, ["check", "--running"])
    #expect(outside.ending == .exit(66) && outside.errors.hasPrefix("/run/echod/configuration: "))
  }

  /// A configuration for the units of ``check(activation:)``.
  private static let activated = """
    { "admin": { "port": 8080 }, "listeners": [
      { "name": "u", "transport": "udp", "port": 12000 }, { "name": "t", "transport": "tcp", "port": 12000 }
    ] }
    """

  /// Runs `echod check --activation` on output of systemctl(1).
  private func check(activation units: String, configuration: String = activated) async throws
    -> RunningProgram.Outcome
  {
    try await TemporaryFile.with(configuration) { path in
      var outcome = try await RunningProgram.run(
        BuiltProgram.echod, ["check", "--activation", "--config", path], input: units.utf8)
      outcome.output = Array(outcome.text.replacing(path, with: "FILE").utf8)
      return outcome
    }
  }

  @Test("says which of systemd's sockets each listener would use")
  func activation() async throws {
    let outcome = try await check(
      activation: """
        Accept=no
        Listen=127.0.0.1:12000 (Datagram)
        Listen=127.0.0.1:12000 (Stream)
        FileDescriptorName=echod.socket
        Id=echod.socket

        Listen=127.0.0.1:8080 (Stream)
        FileDescriptorName=figures.socket
        Id=figures.socket
        """)
    #expect(outcome.ending == .exit(0))
    #expect(
      outcome.text == """
        FILE: ok
        "echod.socket" (udp 127.0.0.1:12000): listener u
        "echod.socket" (tcp 127.0.0.1:12000): listener t
        "figures.socket" (tcp 127.0.0.1:8080): the admin socket

        """)
    #expect(outcome.errors.isEmpty)
  }

  @Test("says which of systemd's sockets nobody would serve, and who would bind an address")
  func activationMisfit() async throws {
    let outcome = try await check(
      activation: """
        Listen=127.0.0.1:12000 (Stream)
        Listen=[::]:12000 (Datagram)
        Listen=/run/fifo (FIFO)
        FileDescriptorName=echod.socket

        """)
    #expect(outcome.ending == .exit(78))
    #expect(outcome.text.contains("listener u: no matching socket, so echod binds udp 127.0.0.1:12000\n"))
    let problems = outcome.errors.split(separator: "\n")
    #expect(problems.count == 2)
    for socket in ["(FIFO /run/fifo)", "(udp [::]:12000)"] {
      #expect(problems.contains { $0.hasPrefix("\"echod.socket\" \(socket) would not be served: ") })
    }
  }

  @Test(
    "refuses input that is not socket units",
    arguments: [
      "", "hello\n", "Listen=7 (Stream)\nFileDescriptorName=x\n", "Id=echod.service\n",
      String(repeating: "x", count: Limits.socketUnitBytes + 1),
    ])
  func activationRefused(units: String) async throws {
    let outcome = try await check(activation: units)
    #expect(outcome.ending == .exit(66))
    #expect(outcome.errors.hasPrefix("standard input: ") && outcome.errors.count { $0 == "\n" } == 1)
    // The configuration comes first.
    let wrong = try await check(activation: units, configuration: "{}")
    #expect(wrong.ending == .exit(78))
  }

  @Test("does not wait at a terminal for systemd's sockets")
  func activationAtTerminal() async throws {
    try await TemporaryFile.with(Self.activated) { path in
      let arguments = ["check", "--activation", "--config", path]
      try await RunningProgram.with(BuiltProgram.echod, arguments, input: .terminal) { program in
        let outcome = try await program.outcome()
        #expect(outcome.ending == .exit(66))
        #expect(outcome.errors.contains("systemctl show echod.socket | echod check --activation"))
      }
    }
  }

  /// Runs a program as nobody, in a network of its own: there no port below 1024 is allowed by default.
  private static let unprivileged = [
    "/usr/bin/unshare", "--net", "/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
  ]

  private static func runUnprivileged(_ arguments: [String]) async throws -> RunningProgram.Outcome {
    try await RunningProgram.run(
      unprivileged[0], unprivileged.dropFirst() + [BuiltProgram.echod] + arguments)
  }

  @Test(
    "tells a user without privileges what a low port needs",
    .enabled("only root can run it as nobody") {
      (try? await runUnprivileged(["--version"]))?.ending == .exit(0)
    },
    arguments: [
      (
        #"{ "admin": null, "listeners": [{ "transport": "udp", "address": "0.0.0.0", "port": 7 }] }"#,
        "listener echo-udp-7: cannot bind udp 0.0.0.0:7"
      ),
      (
        #"{ "admin": { "address": "0.0.0.0", "port": 80 }, "listeners": [{ "transport": "udp", "address": "::", "port": 0 }] }"#,
        "the admin socket: cannot bind tcp 0.0.0.0:80"
      ),
    ])
  func lowPorts(text: String, failure: String) async throws {
    try await TemporaryFile.with(text) { path in
      chmod(path, 0o644)
      let outcome = try await Self.runUnprivileged(["--config", path])
      #expect(outcome.ending == .exit(71))
      let reason = "\(failure): Permission denied; ports below 1024 need the capability CAP_NET_BIND_SERVICE"
      #expect(outcome.errors.contains(reason))
    }
  }

  @Test("shows the effective configuration, which is one itself")
  func show() async throws {
    try await TemporaryFile.with(#"{"listeners": [{"transport": "udp", "port": 7}]}"#) { path in
      let outcome = try await RunningProgram.run(BuiltProgram.echod, ["show", "--config", path])
      #expect(outcome.ending == .exit(0))
      #expect(outcome.text.contains(#""name": "echo-udp-7""#))
      try await TemporaryFile.with(outcome.text) { shown in
        let again = try await RunningProgram.run(BuiltProgram.echod, ["show", "--config", shown])
        #expect(again.ending == .exit(0) && again.text == outcome.text)
      }
    }
  }

  @Test("tells exit statuses apart as sysexits(3) does")
  func exitStatuses() async throws {
    let missing = try await RunningProgram.run(
      BuiltProgram.echod, ["check", "--config", "/nowhere/echod.json"])
    #expect(missing.ending == .exit(66))
    #expect(missing.errors == "/nowhere/echod.json: No such file or directory\n")
    let directory = try await RunningProgram.run(BuiltProgram.echod, ["check", "--config", "/tmp"])
    #expect(directory.ending == .exit(66))
    for arguments in [["--nonsense"], ["run", "surplus"], ["check", "--config"]] {
      #expect(try await RunningProgram.run(BuiltProgram.echod, arguments).ending == .exit(64))
    }
  }

  @Test("tells its version and how it is used")
  func help() async throws {
    for program in [BuiltProgram.echod, BuiltProgram.echoc] {
      let version = try await RunningProgram.run(program, ["--version"])
      #expect(version.ending == .exit(0) && version.text == "\(echodVersion)\n")
    }
    for arguments in [["--help"], ["help", "check"], ["help", "run"], ["help", "show"]] {
      let help = try await RunningProgram.run(BuiltProgram.echod, arguments)
      #expect(help.ending == .exit(0) && help.text.contains("USAGE: echod"))
    }
    let help = try await RunningProgram.run(BuiltProgram.echod, ["--help"])
    for service in Service.all { #expect(help.text.contains(service.name)) }
  }
}
