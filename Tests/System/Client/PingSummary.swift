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
