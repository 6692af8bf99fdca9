import Foundation
import Testing
import TestSupport

/// The daemon's statistics, as `/stats` promises them.
struct Stats: Decodable, Sendable, Equatable {
  struct InAndOut: Decodable, Sendable, Equatable {
    var received: Int
    var sent: Int
  }

  struct Clients: Decodable, Sendable, Equatable {
    var current: Int
    var total: Int
  }

  struct Totals: Decodable, Sendable, Equatable {
    var messages: InAndOut
    var bytes: InAndOut
    var clients: Clients
    var dropped: Int
  }

  struct Dropped: Decodable, Sendable, Equatable {
    var total: Int
    var denied: Int
    var loopGuard: Int
    var rateLimited: Int
    var overLimit: Int
    var sendFailed: Int
    var receiveBufferFull: Int
    var badProxyHeader: Int
    var malformed: Int
    var impaired: Int
  }

  /// What came from the process before this one in a restart, and what of it could not be served.
  struct Restored: Decodable, Sendable, Equatable {
    var connections: Int
    var sockets: Int
    var lost: Int
  }

  struct Listener: Decodable, Sendable, Equatable {
    var name: String
    var transport: String
    var address: String
    var port: Int
    var service: String
    var messages: InAndOut
    var bytes: InAndOut
    var clients: Clients
    /// `nil` for a listener without the service `stamp`.
    var sessions: Clients?
    var dropped: Dropped
    /// How many queues have not counted what had arrived; `nil` for none.
    var queuesNotAnswering: Int?
    /// What was done on purpose, by kind; `nil` for a listener without `impair`.
    var impaired: [String: Int]?
  }

  var version: String
  var state: String
  var startedAt: String
  var uptimeSeconds: Double
  /// `nil` if nothing came from the process before this one.
  var restored: Restored?
  var totals: Totals
  var listeners: [Listener]

  init(json: [UInt8]) throws {
    self = try JSONDecoder().decode(Stats.self, from: Data(json))
  }

  /// Asks until no queue is late, so that everything that had arrived is counted. An error ends that at once.
  static func complete(_ ask: () async throws -> [UInt8]) async throws -> Stats {
    var stats: Stats?
    let isComplete = try await eventually {
      let latest = try await Stats(json: ask())
      stats = latest
      return latest.listeners.allSatisfy { $0.queuesNotAnswering == nil }
    }
    try #require(isComplete, "queues do not answer")
    return try #require(stats)
  }

  subscript(listener name: String) -> Listener? { listeners.first { $0.name == name } }
}
