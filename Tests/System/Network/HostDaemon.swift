import Glibc
import Testing

/// An echod on one of two hosts.
struct HostDaemon: Sendable {
  /// The process.
  let program: RunningProgram
  /// The admin socket, in the file system, which all networks share.
  private let adminPath: String
  private let configurationPath: String

  /// Starts it, as ``RunningDaemon`` does.
  static func with<Result>(
    on host: TwoHosts.Host, listeners: String, _ body: (HostDaemon) async throws -> Result
  ) async throws -> Result {
    let path = "/tmp/\(host.name).sock"
    return try await RunningDaemon.with(configuration(path, listeners), wrapper: host.wrapper) { daemon in
      try await body(
        HostDaemon(
          program: daemon.program, adminPath: path, configurationPath: daemon.configurationPath))
    }
  }

  private static func configuration(_ adminPath: String, _ listeners: String) -> String {
    #"{ "admin": { "unix": "\#(adminPath)" }, "listeners": [\#(listeners)] }"#
  }

  /// Reloads it with other listeners, and waits for a line of the log.
  func reload(listeners: String, until end: String = " was read again") async throws {
    @Sendable func reloads(_ log: [UInt8]) -> Int {
      String(decoding: log, as: UTF8.self).split(separator: "\n").count { $0.contains(end) }
    }
    let before = reloads(program.printed(on: .errors))
    try TemporaryFile.write(Self.configuration(adminPath, listeners), to: configurationPath)
    program.signal(SIGHUP)
    try await program.wait(for: .errors) { reloads($0) > before }
  }

  /// The current statistics.
  func stats() async throws -> Stats {
    let arguments = ["--silent", "--show-error", "--unix-socket", adminPath, "http://localhost/stats"]
    return try await Stats.complete {
      let outcome = try await RunningProgram.run("/usr/bin/curl", arguments)
      try #require(outcome.ending == .exit(0), "\(outcome.errors)")
      return outcome.output
    }
  }

  /// The statistics of a listener.
  func stats(of listener: String) async throws -> Stats.Listener {
    try #require(try await stats()[listener: listener])
  }
}
