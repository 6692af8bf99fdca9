import Addresses
import Glibc
import Testing

/// The built echod, running with a configuration of its own: the ports are the kernel's choice.
struct RunningDaemon: Sendable {
  /// The process, for signals and for what it logs.
  let program: RunningProgram
  /// The file that it read, for reloads. See ``TemporaryFile/write(_:to:)``.
  let configurationPath: String
  private let log: [String]

  /// A program that has said that it is ready.
  init(_ program: RunningProgram, configurationPath: String) {
    self.program = program
    self.configurationPath = configurationPath
    let log = String(decoding: program.printed(on: .errors), as: UTF8.self)
    self.log = log.split(separator: "\n").map(String.init)
  }

  /// Starts echod and runs the body once it is ready. After that echod has to stop with exit status 0.
  ///
  /// - Parameters:
  ///   - wrapper: a command that ends by running the one that is appended to it.
  static func with<Result>(
    _ configuration: String, environment: [String: String] = [:], wrapper: [String] = [],
    deadlineSeconds: Int = RunningProgram.usualDeadlineSeconds,
    _ body: (RunningDaemon) async throws -> Result
  ) async throws -> Result {
    try await TemporaryFile.with(configuration) { path in
      let command = wrapper + [BuiltProgram.echod, "run", "--config", path]
      return try await RunningProgram.with(
        command[0], Array(command.dropFirst()), environment: environment, deadlineSeconds: deadlineSeconds
      ) { program in
        _ = try await program.line(on: .errors) { $0.hasSuffix(" is ready") }
        let daemon = RunningDaemon(program, configurationPath: path)
        let result = try await body(daemon)
        program.signal(SIGTERM)
        let outcome = try await program.outcome()
        #expect(outcome.ending == .exit(0), "\(outcome.errors)")
        return result
      }
    }
  }

  /// Where a listener answers: from the line `NAME: SERVICE on TRANSPORT ADDRESS:PORT is served`.
  func endpoint(of listener: String) throws -> Endpoint {
    let line = log.first { $0.contains(" \(listener): ") && $0.contains(" is served") }
    return try #require(
      line.flatMap { Self.endpoint(after: ["udp", "tcp"], in: $0) }, "no listener \(listener)")
  }

  /// Where the figures are: from the line `figures are served on tcp ADDRESS:PORT`.
  func adminEndpoint() throws -> Endpoint {
    let line = log.first { $0.contains("figures are served on tcp ") }
    return try #require(line.flatMap { Self.endpoint(after: ["tcp"], in: $0) }, "no admin socket")
  }

  /// The current statistics.
  func stats() async throws -> Stats {
    try await Stats.complete { try await HTTPClient.get("/stats", from: adminEndpoint()) }
  }

  /// Reads the word after one of these.
  private static func endpoint(after words: Set<Substring>, in line: String) -> Endpoint? {
    let parts = line.split(separator: " ")
    guard let word = parts.lastIndex(where: words.contains), word + 1 < parts.endIndex else { return nil }
    let text = parts[word + 1]
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      return nil
    }
    let host = text[..<colon].drop { $0 == "[" }.prefix { $0 != "]" }
    return IPAddress(host).map { Endpoint(address: $0, port: port) }
  }
}
