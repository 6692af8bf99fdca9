import Foundation
import Testing

/// Runs a section of a page on two hosts, which have the addresses and ports that the page names.
struct PageRun {
  /// What is between the hosts, or on one of them, before the section begins: commands for a shell, and programs that
  /// run on the server beside echod.
  struct Scenery: Sendable {
    var client = ""
    var server = ""
    var proxies: [Proxy] = []
  }

  /// A program on the server, and the port on which it is to listen.
  struct Proxy: Sendable {
    var command: [String]
    var port: ProxyProgram.Port
  }

  /// More than the slowest section needs on a busy machine.
  private static let deadlineSeconds = 2 * RunningProgram.usualDeadlineSeconds
  /// A private one and one that is public, as echod sees it.
  private static let networks = ["192.168.7", "203.0.113"]

  private let hosts: TwoHosts
  private let proxies: [Proxy]
  /// Where the files of the page are, and its commands run.
  private let directory: String

  /// Runs each command, and expects that it prints what the page says, and that the log names the drops that the page
  /// names, and no others.
  static func run(_ parts: [Page.Part], scenery: Scenery = Scenery()) async throws {
    try await TwoHosts.with { hosts in
      for (host, number) in [(hosts.left, 9), (hosts.right, 1)] {
        for network in networks {
          try await host.ip("address add \(network).\(number)/24 dev \(TwoHosts.Host.interface)")
        }
      }
      for (host, commands) in [(hosts.left, scenery.client), (hosts.right, scenery.server)] {
        try await host.run(["/bin/bash", "-ec", "PATH=/usr/sbin:$PATH\n\(commands)"])
      }
      try await TemporaryDirectory.with { directory in
        let run = PageRun(hosts: hosts, proxies: scenery.proxies, directory: directory)
        for part in parts { try await run.run(part) }
      }
    }
  }

  private func run(_ part: Page.Part) async throws {
    guard let configuration = part.configuration else { return try await perform(part.steps, with: nil) }
    let (wrapper, seconds) = (hosts.right.wrapper, Self.deadlineSeconds)
    try await RunningDaemon.with(configuration, wrapper: wrapper, deadlineSeconds: seconds) { daemon in
      try await withProxies(proxies[...]) { try await perform(part.steps, with: daemon) }
      let log = String(decoding: daemon.program.printed(on: .errors), as: UTF8.self)
      let drops = part.steps.reduce(0) {
        if case .log(let lines) = $1 { $0 + lines.count { $0.contains("no reply: ") } } else { $0 }
      }
      #expect(log.components(separatedBy: "no reply: ").count - 1 == drops, "\(log)")
    }
  }

  /// Runs the body while the proxies run.
  private func withProxies(_ proxies: ArraySlice<Proxy>, _ body: @escaping () async throws -> Void)
    async throws
  {
    guard let first = proxies.first else { return try await body() }
    let command = hosts.right.wrapper + first.command
    try await ProxyProgram.with(command[0], Array(command.dropFirst()), listeningOn: [first.port]) {
      _ in
      try await withProxies(proxies.dropFirst(), body)
    }
  }

  private func perform(_ steps: [Page.Step], with daemon: RunningDaemon?) async throws {
    var asked: Page.Command?
    for step in steps {
      switch step {
      case .command(let command):
        let text = try await run(command, while: command.isWatching ? asked : nil, daemon)
        #expect(Printed.matches(text, command.printed), "\(command.text) printed:\n\(text)")
        if command.host == "client" { asked = command }
      case .log(let lines):
        for line in lines {
          _ = try await #require(daemon).program.line(on: .errors) {
            Printed.matches(line: $0, "... \(line)")
          }
        }
      case .file(let name, let text):
        try TemporaryFile.write(text, to: "\(directory)/\(name)")
      }
    }
  }

  /// Runs a command, and another one as soon as the first watches the network.
  private func run(_ command: Page.Command, while other: Page.Command?, _ daemon: RunningDaemon?) async throws
    -> String
  {
    try await start(command, daemon) { program in
      if let other {
        _ = try await program.line { $0.hasPrefix("listening on ") }
        _ = try await run(other, while: nil, daemon)
      }
      return try await program.outcome().text
    }
  }

  /// Starts a command as at a terminal: its errors are among what it prints, the programs that were built are in the
  /// path, and echod's configuration has its usual place, as it were.
  private func start(
    _ command: Page.Command, _ daemon: RunningDaemon?, _ body: (RunningProgram) async throws -> String
  ) async throws -> String {
    let host = command.host == "client" ? hosts.left : hosts.right
    let script = """
      exec 2>&1
      cd "$DIRECTORY"
      echod() { command echod "$@" --config "$CONFIGURATION"; }
      \(command.text)
      """
    let whole = host.wrapper + ["/bin/bash", "-c", script]
    let environment = [
      "PATH": "\(BuiltProgram.directory):/usr/sbin:/usr/bin:/sbin:/bin",
      "CONFIGURATION": daemon?.configurationPath ?? "",
      "DIRECTORY": directory,
    ]
    let (path, arguments) = (whole[0], Array(whole.dropFirst()))
    return try await RunningProgram.with(
      path, arguments, environment: environment, deadlineSeconds: Self.deadlineSeconds, body)
  }
}
