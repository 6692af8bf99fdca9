import Foundation
import Testing
import TestSupport

/// A Debian with systemd that runs for one test, from an image that stays as it was. Its network is its own and has
/// nothing but loopback. See systemd-nspawn(1).
struct Machine: Sendable {
  /// What `scripts/test-package` prepared: the image in `debian`, and `packages`, which the machine sees as `/packages`.
  static let folder = getenv("ECHOD_PACKAGE_TEST").map { String(cString: $0) }
  /// The package, as the machine sees it.
  static let package = "/packages/echod.deb"
  /// The same with a higher version and another configuration.
  static let nextPackage = "/packages/echod-next.deb"
  /// The number of the Debian release in the image.
  static let release =
    folder.flatMap { try? String(contentsOfFile: "\($0)/debian/etc/debian_version", encoding: .utf8) }
    .flatMap { Int($0.prefix { $0.isNumber }) }
  /// The longest life of a machine.
  private static let lifeSeconds = 120

  /// The process that is the machine's first.
  private let leader: pid_t

  /// Boots a machine, and switches it off after the body.
  static func with<Result>(_ body: (Machine) async throws -> Result) async throws -> Result {
    let folder = try #require(folder)
    return try await RunningProgram.with(
      "/usr/bin/systemd-nspawn", options(folder), deadlineSeconds: lifeSeconds
    ) { program in
      let machine = Machine(leader: try await leader(of: program))
      // It would outlive its program: what ends with the test is ended here, whatever happens.
      do {
        let hasBooted = try await machine.eventually("systemctl is-system-running --wait")
        try #require(hasBooted, "the machine did not boot")
        let result = try await body(machine)
        _ = try await machine.run("systemctl poweroff --force --force")
        _ = try await program.outcome()
        return result
      } catch {
        kill(machine.leader, SIGKILL)
        throw error
      }
    }
  }

  /// Boots a machine and installs the package by apt.
  static func withEchod<Result>(_ body: (Machine) async throws -> Result) async throws -> Result {
    try await with { machine in
      try await machine.succeed("apt-get install --yes \(package)")
      return try await body(machine)
    }
  }

  private static func options(_ folder: String) -> [String] {
    // Where systemd does not run outside, it cannot be asked for a scope, or told of a machine.
    let outside = access("/run/systemd/system", F_OK) == 0 ? [] : ["--keep-unit"]
    return outside + [
      "--quiet", "--boot", "--register=no", "--private-network", "--volatile=overlay", "--console=pipe",
      "--link-journal=no", "--directory=\(folder)/debian", "--bind-ro=\(folder)/packages:/packages",
      "--machine=echod-test-\(UInt32.random(in: 0...UInt32.max))",
    ]
  }

  private static func leader(of program: RunningProgram) async throws -> pid_t {
    var leader: pid_t?
    let hasBegun = await TestSupport.eventually {
      leader = ProcessFacts(pid: program.pid).children.first { $0.name == "systemd" }?.pid
      return leader != nil
    }
    try #require(hasBegun, "\(String(decoding: program.printed(on: .errors), as: UTF8.self))")
    return try #require(leader)
  }

  /// Runs a script of the shell in the machine, as root.
  func run(_ script: String, input: String = "") async throws -> RunningProgram.Outcome {
    try await RunningProgram.run(
      "/usr/bin/nsenter", arguments(script), input: input.utf8, environment: Self.environment,
      deadlineSeconds: Self.lifeSeconds)
  }

  /// Runs a script that has to succeed, and returns what it prints without the last newline.
  @discardableResult
  func succeed(_ script: String, at location: SourceLocation = #_sourceLocation) async throws -> String {
    let outcome = try await run("set -e\n\(script)")
    try #require(
      outcome.ending == .exit(0), "\(script): \(outcome.text) \(outcome.errors)", sourceLocation: location)
    return outcome.text.hasSuffix("\n") ? String(outcome.text.dropLast()) : outcome.text
  }

  /// Starts a script and lets the body do something else meanwhile.
  func during<Result>(_ script: String, _ body: (RunningProgram) async throws -> Result) async throws
    -> Result
  {
    try await RunningProgram.with(
      "/usr/bin/nsenter", arguments(script), environment: Self.environment, body)
  }

  /// Starts a program of the host in the machine's network, which can be written to, and lets the body do something else
  /// meanwhile.
  func withHostProgram<Result>(
    _ command: [String], _ body: (RunningProgram) async throws -> Result
  ) async throws -> Result {
    try await RunningProgram.with(
      "/usr/bin/nsenter", ["--target", "\(leader)", "--net"] + command, input: .pipe, body)
  }

  /// Waits until a script succeeds.
  func eventually(_ script: String) async throws -> Bool {
    for _ in 0..<Self.patienceInAttempts {
      if try await run(script).ending == .exit(0) { return true }
      try await Task.sleep(for: .milliseconds(50))
    }
    return false
  }

  /// Many enough for a watchdog's period.
  private static let patienceInAttempts = 600

  /// Replaces a file.
  func write(_ text: String, to path: String) async throws {
    let outcome = try await run("mkdir -p $(dirname \(path)) && cat > \(path)", input: text)
    try #require(outcome.ending == .exit(0), "\(outcome.errors)")
  }

  private static let environment = [
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "SYSTEMD_PAGER": "",
  ]

  private func arguments(_ script: String) -> [String] {
    ["--target", "\(leader)", "--all", "--wdns=/", "/bin/sh", "-c", script]
  }
}

extension Machine {
  /// Whether a listener answers in capitals, by echoc.
  func answers(on endpoint: String) async throws -> Bool {
    let outcome = try await run("echo hello | echoc talk \(endpoint)")
    return outcome.ending == .exit(0) && outcome.text == "HELLO\n"
  }

  /// A property of echod's service. See org.freedesktop.systemd1(5).
  func property(_ name: String) async throws -> String {
    try await succeed("systemctl show --property \(name) --value echod")
  }

  /// The main process of echod's service.
  func mainProcess() async throws -> String {
    try await property("MainPID")
  }

  /// echod's main process as the host sees it, without a process in the machine; `nil` while there is none.
  var mainProcessOnHost: pid_t? {
    ProcessFacts(pid: leader).children.first { $0.name == "echod" }?.pid
  }

  /// Boots the machine anew, but for its kernel and what systemd keeps, until echod is active. See
  /// systemd-soft-reboot.service(8).
  func softReboot() async throws {
    let process = mainProcessOnHost
    try await succeed("systemctl soft-reboot --no-block")
    // Nothing is run in the machine meanwhile: systemd stops all processes before it kills them, and nsenter(1) stops
    // with its child, for good.
    let hasEchod = await TestSupport.eventually {
      mainProcessOnHost.map { $0 != process } ?? false
    }
    try #require(hasEchod)
    let isActive = try await eventually("systemctl is-active echod")
    try #require(isActive)
    #expect(try await succeed("systemctl show --property SoftRebootsCount --value") == "1")
  }

  /// The statistics.
  func stats() async throws -> Stats {
    try await Stats.complete { try await Array(succeed("curl -sS localhost:8080/stats").utf8) }
  }

  /// What journalctl(1) prints with these options, with all that was logged until now: who logs does not wait until the
  /// journal has written it.
  func journal(_ options: String) async throws -> String {
    try await succeed("journalctl --sync\njournalctl \(options)")
  }

  /// What systemctl(1) prints of echod's service, with what it logged until now.
  func status() async throws -> String {
    try await run("journalctl --sync; systemctl status echod").text
  }

  /// A configuration with the course's listeners on another port.
  static func configuration(port: Int, admin: String = #"{ "port": 8080 }"#) -> String {
    """
    { "admin": \(admin), "listeners": [
      { "name": "uppercase-udp", "transport": "udp", "port": \(port), "service": "uppercase" },
      { "name": "uppercase-tcp", "transport": "tcp", "port": \(port), "service": "uppercase", "closeAfterReply": true },
    ] }
    """
  }
}
