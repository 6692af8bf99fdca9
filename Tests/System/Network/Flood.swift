import Foundation
import Testing

/// Datagrams for port 12000 of a host, each from a forged address that no other has.
enum Flood {
  /// Longer than any test.
  private static let limit = 1_000_000

  /// Floods for as long as the body runs. Returns how many datagrams were sent.
  static func run(
    from source: TwoHosts.Host, to address: String, perSecond: Int, _ body: () async throws -> Void
  ) async throws -> Int {
    let arguments = [address, "12000", "10.0.0.0", "\(limit)", "\(perSecond)"]
    let command = source.wrapper + PythonProgram(file: "Network/flood.py", arguments: arguments).command
    return try await RunningProgram.with(
      command[0], Array(command.dropFirst()), input: .pipe, deadlineSeconds: 120
    ) { program in
      try await body()
      program.closeInput()
      let text = try await program.outcome().text
      return try #require(text.split(separator: " ").first.flatMap { Int($0) })
    }
  }
}

/// The results of a client's pings, a hundred a second.
struct Pings: Decodable, CustomStringConvertible {
  /// `!` for one that was answered, `.` for one that was not.
  private var answers: String
  /// The round trips, in order of length.
  private var microseconds: [Int]

  /// Pings port 12000 of a host.
  static func run(
    on host: TwoHosts.Host, from source: String, to address: String, count: Int
  ) async throws -> Pings {
    let arguments = [source, address, "12000", "\(count)", "100"]
    let text = try await host.run(PythonProgram(file: "Network/ping.py", arguments: arguments).command)
    return try JSONDecoder().decode(Pings.self, from: Data(text.utf8))
  }

  var count: Int { answers.count }
  var answered: Int { answers.count { $0 == "!" } }
  var missing: Int { count - answered }

  /// Those at the end, without their times.
  func last(_ count: Int) -> Pings { Pings(answers: String(answers.suffix(count)), microseconds: []) }

  var description: String {
    guard let longest = microseconds.last else { return "\(missing) of \(count) lost" }
    let (half, most) = (microseconds[microseconds.count / 2], microseconds[microseconds.count * 99 / 100])
    return "\(missing) of \(count) lost, p50 \(half) µs, p99 \(most) µs, max \(longest) µs"
  }
}
