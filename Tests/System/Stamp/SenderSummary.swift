import Foundation

/// What `echoc ping --json stamp://` prints, under the names that programs rely on.
struct SenderSummary: Decodable, Sendable {
  struct Lost: Decodable, Sendable, Equatable {
    var there: Int
    var back: Int
    var unknown: Int
  }

  struct Times: Decodable, Sendable {
    var min: Double
    var mean: Double
    var max: Double
    var p50: Double
    var p90: Double
    var p99: Double
  }

  struct Variation: Decodable, Sendable {
    var p50: Double
    var p90: Double
    var p99: Double
  }

  struct Direction: Decodable, Sendable {
    var jitterMilliseconds: Double?
    var variationMilliseconds: Variation
    var oneWayMilliseconds: Times?
  }

  struct Counts: Decodable, Sendable, Equatable {
    var sent: Int
    var received: Int
    var returned: Int
  }

  struct DSCP: Decodable, Sendable, Equatable {
    var sent: Int
    var there: [String: Int]
    var back: [String: Int]
    var refused: Int
  }

  struct KernelTimes: Decodable, Sendable, Equatable {
    var departures: Int
    var arrivals: Int
  }

  var messageBytes: Int
  var sent: Int
  var received: Int
  var duplicate: Int
  var wrong: Int
  var failed: Int
  var lost: Lost?
  var reordered: Int
  var stateful: Bool?
  var restarts: Int
  var roundTripMilliseconds: Times?
  var reflectorMilliseconds: Times?
  var there: Direction?
  var back: Direction?
  var clockErrorMilliseconds: Double?
  var clockStepMilliseconds: Double
  var repeatsSessionID: Bool?
  var timestamps: String
  var reflectorTimestamps: String?
  var unknownTLVs: [Int]
  var dscp: DSCP?
  var directMeasurement: Counts?
  var kernelTimes: KernelTimes
  var error: String?

  /// Reads the object, which has to be all that was printed.
  init(_ output: [UInt8]) throws {
    self = try JSONDecoder().decode(SenderSummary.self, from: Data(output))
  }
}

/// Runs `echoc ping` at a reflector, a message every 10 ms.
func stampPing(
  _ endpoint: String, _ arguments: [String], wrapper: [String] = []
) async throws -> RunningProgram.Outcome {
  let command = wrapper + [BuiltProgram.echoc, "ping", "stamp://\(endpoint)", "-i", "0.01"] + arguments
  return try await RunningProgram.run(command[0], Array(command.dropFirst()))
}
