import Foundation
import Testing

/// The object that `echoc mtu --json` prints.
struct MTUSummary: Decodable, Sendable {
  struct Trial: Decodable, Sendable {
    var bytes: Int
    var tries: Int
    var result: String
    var from: String?
    var mtu: Int?
  }

  var largestBytes: Int?
  var pathMTU: Int?
  var limitedBy: String?
  var trials: [Trial]
  var error: String?

  /// Runs `echoc mtu` to its end, which has to be an exit with this status.
  static func of(
    _ endpoint: String, _ arguments: [String] = [], wrapper: [String] = [], exit status: Int32 = 0
  ) async throws -> MTUSummary {
    let command = wrapper + [BuiltProgram.echoc, "mtu", "--json"] + arguments + [endpoint]
    let outcome = try await RunningProgram.run(command[0], Array(command.dropFirst()))
    #expect(outcome.ending == .exit(status), "\(outcome.text) \(outcome.errors)")
    return try JSONDecoder().decode(MTUSummary.self, from: Data(outcome.output))
  }
}
