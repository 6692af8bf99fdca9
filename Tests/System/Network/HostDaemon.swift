import Testing

/// An echod on one of two hosts.
struct HostDaemon: Sendable {
  /// The process.
  let program: RunningProgram
  /// The admin socket, in the file system, which all networks share.
  private let adminPath: String

  /// Starts it, as ``RunningDaemon`` does.
  static func with<Result>(
    on host: TwoHosts.Host, listeners: String, _ body: (HostDaemon) async throws -> Result
  ) async throws -> Result {
    let path = "/tmp/\(host.name).sock"
    let text = #"{ "admin": { "unix": "\#(path)" }, "listeners": [\#(listeners)] }"#
    return try await RunningDaemon.with(text, wrapper: host.wrapper) { daemon in
      try await body(HostDaemon(program: daemon.program, adminPath: path))
    }
  }

  /// The current statistics.
  func stats() async throws -> Stats {
    let arguments = ["--silent", "--show-error", "--unix-socket", adminPath, "http://localhost/stats"]
    let outcome = try await RunningProgram.run("/usr/bin/curl", arguments)
    try #require(outcome.ending == .exit(0), "\(outcome.errors)")
    return try Stats(json: outcome.output)
  }

  /// The statistics of a listener.
  func stats(of listener: String) async throws -> Stats.Listener {
    try #require(try await stats()[listener: listener])
  }
}
