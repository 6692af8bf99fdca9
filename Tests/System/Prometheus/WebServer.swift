import Addresses
import Foundation
import Testing

/// One of Prometheus's programs, on a port that the kernel chooses.
struct WebServer: Sendable {
  /// Where it listens.
  let address: String

  /// Starts the program, and runs the body once it is listening. Afterwards it must stop on request.
  static func with<Result>(
    _ program: String, _ arguments: [String], _ body: (WebServer) async throws -> Result
  ) async throws -> Result {
    let all = arguments + ["--web.listen-address", "127.0.0.1:0"]
    return try await RunningProgram.with(program, all, deadlineSeconds: 180) { process in
      let line = try await process.line(on: .errors) { $0.contains("\"Listening on\"") }
      let address = try #require(line.firstMatch(of: /address=(\S+)/)?.1)
      let result = try await body(WebServer(address: String(address)))
      process.signal(SIGTERM)
      let outcome = try await process.outcome()
      #expect(outcome.ending == .exit(0) || outcome.ending == .signal(SIGTERM), "\(outcome.errors)")
      return result
    }
  }

  /// The content of a resource; `nil` if there is none now.
  func get(_ path: String, query: [String: String] = [:], fields: [String] = []) async throws -> String? {
    let parameters = query.sorted { $0.key < $1.key }.flatMap {
      ["--data-urlencode", "\($0.key)=\($0.value)"]
    }
    let outcome = try await RunningProgram.run(
      "/usr/bin/curl",
      ["--silent", "--fail", "--noproxy", "*", "--get"] + parameters
        + fields.flatMap { ["--header", $0] } + ["http://\(address)\(path)"],
      deadlineSeconds: 60)
    return outcome.ending == .exit(0) ? outcome.text : nil
  }
}
