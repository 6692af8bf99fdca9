import Foundation

/// What `echoc bench --json` prints, under the names that programs rely on.
struct BenchSummary: Decodable, Sendable {
  struct Messages: Decodable, Sendable, Equatable {
    var sent: Int
    var answered: Int
    var wrong = 0
    var lost = 0
    var late = 0
    var duplicate = 0
    var unsent = 0

    /// The same as if every reply had come in time. Over UDP, a message counts as lost after a second, and a busy machine
    /// can keep the server waiting that long. That no reply comes at all is not excused.
    func excusingLosses(over transport: String) -> Messages {
      guard transport == "udp", answered > 0 else { return self }
      var messages = self
      (messages.answered, messages.lost, messages.late) = (answered + lost, 0, 0)
      return messages
    }
  }

  struct Connections: Decodable, Sendable, Equatable {
    var made: Int
    var broken: Int
    var closedByServer: Int
  }

  struct Latencies: Decodable, Sendable, Equatable {
    var min: Double
    var mean: Double
    var max: Double
    var p50: Double
    var p90: Double
    var p99: Double
    var p999: Double
  }

  var address: String?
  var seconds: Double
  var messages: Messages
  var connections: Connections
  var errors: Int
  var messagesPerSecond: Double
  var bytesPerSecond: Double
  var latencyMicroseconds: Latencies?
  var error: String?

  /// Reads the object, which has to be all that was printed.
  init(_ output: [UInt8]) throws {
    self = try JSONDecoder().decode(BenchSummary.self, from: Data(output))
  }

  /// Runs a bench to its end and reads its summary.
  static func of(_ endpoint: String, _ arguments: [String], exit status: Int32 = 0) async throws
    -> BenchSummary
  {
    let outcome = try await RunningProgram.run(BuiltProgram.echoc, ["bench", endpoint, "--json"] + arguments)
    guard outcome.ending == .exit(status) else {
      throw RunningProgram.Missing(description: "the bench ended with \(outcome.ending): \(outcome.errors)")
    }
    return try BenchSummary(outcome.output)
  }
}
