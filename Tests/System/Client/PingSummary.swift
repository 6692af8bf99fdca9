import Foundation

/// What `echoc ping --json` prints, under the names that programs rely on.
struct PingSummary: Decodable, Sendable {
  struct RoundTrips: Decodable, Sendable {
    var min: Double
    var mean: Double
    var max: Double
    var p50: Double
    var p90: Double
    var p99: Double
    var mdev: Double
    var jitter: Double
  }

  var address: String?
  var sent: Int
  var received: Int
  var duplicate: Int
  var reordered: Int
  var wrong: Int
  var failed: Int
  var lossPercent: Double
  var seconds: Double
  var longestOutageSeconds: Double
  var roundTripMilliseconds: RoundTrips?
  var error: String?

  /// Reads the object, which has to be all that was printed.
  init(_ output: [UInt8]) throws {
    self = try JSONDecoder().decode(PingSummary.self, from: Data(output))
  }
}

/// Runs `echoc ping --json` with one message, and interrupts it when the reply has turned out to be wrong: it would wait
/// for the right one.
func wronglyAnsweredPing(_ endpoint: String) async throws -> RunningProgram.Outcome {
  let arguments = ["ping", endpoint, "-c", "1", "-W", "3600", "--json"]
  return try await RunningProgram.with(BuiltProgram.echoc, arguments) { program in
    _ = try await program.line(on: .errors) { $0.contains("wrong reply from ") }
    program.signal(SIGINT)
    return try await program.outcome()
  }
}
