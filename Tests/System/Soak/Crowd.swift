import Addresses
import TestSupport

/// The clients of a soak. Some stay from round to round, to test that or so that echod's table of UDP clients does not
/// fill; the others come and go.
struct Crowd: Sendable {
  let daemon: RunningDaemon
  private let residents: [PlainSocket]
  private let senders: [PlainSocket]
  private let flooders: [PlainSocket]

  init(on daemon: RunningDaemon) throws {
    self.daemon = daemon
    let steady = try daemon.endpoint(of: SoakListener.steady.rawValue)
    residents = try (0..<4).map { _ in try PlainSocket(connectedTo: steady) }
    senders = try (0..<4).map { _ in try PlainSocket(.udp) }
    flooders = try (0..<2).map { _ in try PlainSocket(.udp) }
  }

  /// How many connections stay.
  var connections: Int { residents.count }

  /// Runs every kind of client at once, the configuration changing and changing back meanwhile, until those that come
  /// and go have gone. Returns what those counted that can know what echod counts.
  func round(_ number: Int) async throws -> Tallies {
    async let steady = together(residents.count) { try await talk(on: residents[$0], number + $0) }
    async let visited = together(4) { try await visit(number + $0) }
    async let course = together(4) { try await takeTheCourse(number + $0) }
    async let halfClosed = together(2) { try await closeHalf(number + $0) }
    async let datagrams = together(senders.count) { try await ask(on: senders[$0], number + $0) }
    async let changing = askWhileItChanges()
    async let admin: Void = askForFigures()
    async let stalled: Void = stall()
    async let rude = together(2) { try await beRude($0) }
    async let flooded = together(flooders.count) { try await flood(on: flooders[$0]) }
    async let reloads: Void = reload()
    let tallies: Tallies = try await [
      .steady: steady, .visited: visited, .course: course, .halfClosed: halfClosed, .datagrams: datagrams,
      .changing: changing,
    ]
    _ = try await (admin, stalled, rude, flooded, reloads)
    return tallies
  }

  func endpoint(of listener: SoakListener) throws -> Endpoint { try daemon.endpoint(of: listener.rawValue) }

  /// Pauses, because a soak tests duration, not speed.
  static func pause() async throws { try await Task.sleep(for: .milliseconds(10)) }
}
