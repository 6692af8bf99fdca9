import Addresses
import Testing
import TestSupport

/// An echod with one impaired listener, named `l`, and what a test does with it.
struct ImpairedListener: Sendable {
  let daemon: RunningDaemon
  let endpoint: Endpoint

  /// Starts echod with these members of `impair`, for as long as the body runs.
  static func with<Result>(
    _ impair: String, transport: String = "udp", _ body: (ImpairedListener) async throws -> Result
  ) async throws -> Result {
    let file = """
      { "admin": { "port": 0 },
        "listeners": [{ "name": "l", "transport": "\(transport)", "port": 0, "impair": { \(impair) } }] }
      """
    return try await RunningDaemon.with(file) { daemon in
      try await body(ImpairedListener(daemon: daemon, endpoint: daemon.endpoint(of: "l")))
    }
  }

  /// Its figures.
  func figures() async throws -> Stats.Listener { try await daemon.figures(of: "l") }

  /// Sends so many datagrams from a new socket, and returns the numbers of those that were not answered.
  func lost(of count: Int) async throws -> [Int] {
    // So many that neither their buffers nor those of their replies can be full.
    let window = 100
    let client = try PlainSocket(.udp)
    let before = try await figures().messages.received
    var lost = Set(0..<count)
    for first in stride(from: 0, to: count, by: window) {
      let end = min(first + window, count)
      for number in first..<end { try client.send(Array("\(number)".utf8), to: endpoint) }
      let areServed = try await eventually { try await figures().messages.received == before + end }
      try #require(areServed)
      while client.hasInput() {
        let reply = try await client.receiveDatagram().bytes
        lost.remove(try #require(Int(String(decoding: reply, as: UTF8.self))))
      }
    }
    return lost.sorted()
  }

  /// A reply to a numbered datagram, and how long it took.
  struct Reply: Sendable, Equatable {
    var number: Int
    var milliseconds: Double
  }

  /// Sends numbered datagrams of that many bytes from a new socket, and returns the replies in the order of their
  /// arrival: all of them, or those that come within the patience after the last datagram.
  func replies(
    to count: Int, byteCount: Int = 4, everyMilliseconds interval: Int = 0, patienceMilliseconds: Int = 20_000
  ) async throws -> [Reply] {
    let arguments = [count, byteCount, interval, patienceMilliseconds].map(String.init)
    let client = PythonProgram(
      file: "Impairment/replies.py", arguments: ["\(endpoint.address)", "\(endpoint.port)"] + arguments)
    let outcome = try await client.run(input: "")
    try #require(outcome.ending == .exit(0), "\(outcome.errors)")
    return try outcome.text.split(separator: "\n").map { line in
      let fields = line.split(separator: " ")
      return Reply(number: try #require(Int(fields[0])), milliseconds: try #require(Double(fields[1])))
    }
  }
}

extension [ImpairedListener.Reply] {
  /// A quantile of the times: 0.5 is the median.
  func milliseconds(atQuantile quantile: Double) -> Double {
    map(\.milliseconds).sorted()[Swift.min(count - 1, Int(Double(count) * quantile))]
  }
}
