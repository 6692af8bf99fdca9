import Addresses
import Glibc
import SystemPackage
import Testing
import TestSupport

/// A restart of the built echod with clients from before, on a kernel or with a manager that fails.
struct FaultyRestart: Sendable {
  static let configuration = """
    { "admin": { "port": 0 }, "drainSeconds": 1,
      "listeners": [{ "name": "t", "transport": "tcp", "port": 0 },
                    { "name": "u", "transport": "udp", "port": 0 }] }
    """
  static let clientCount = 3

  /// The names that are in the store while echod runs.
  static let kept = ["echod-admin", "echod-listener-t", "echod-listener-u"]

  let manager: StoringManager
  let faults: InjectedFaults

  /// Makes a manager and faults for as long as the body runs.
  static func with<Result>(
    maximum: Int = 100, _ body: (FaultyRestart) async throws -> Result
  ) async throws -> Result {
    try await InjectedFaults.with { faults in
      try await StoringManager.with(configuration, maximum: maximum) { manager in
        try await body(FaultyRestart(manager: manager, faults: faults))
      }
    }
  }

  /// What is there before the restart.
  struct Before: Sendable {
    var clients: [PlainSocket]
    /// The process, for what it has logged.
    var program: RunningProgram
  }

  /// Runs an echod with clients until its restart.
  ///
  /// - Parameters:
  ///   - keeps: whether the store has room for the bound sockets.
  ///   - prepare: the last thing before the signal.
  func runFirst(
    keeps: Bool = true, clients count: Int = clientCount, prepare: @Sendable () throws -> Void = {}
  ) async throws -> Before {
    try await manager.run(environment: faults.environment) { daemon in
      try #require(faults.areLoaded)
      let clients = try await (0..<count).asyncMap { _ in try await daemon.knownClient(of: "t") }
      if keeps {
        let areKept = await eventually { manager.names == Self.kept }
        try #require(areKept)
      }
      let before = Before(
        clients: clients, program: daemon.program)
      try prepare()
      return before
    }
  }

  /// Checks in the next echod that each client is served or has come to its end, and that what was lost is counted and
  /// logged. Returns how many are served.
  ///
  /// - Parameters:
  ///   - isKnown: whether one of the processes can know what was lost.
  ///   - isFull: whether there is no room for another connection.
  @discardableResult
  func check(
    _ daemon: RunningDaemon, after before: Before, isKnown: Bool = true, isFull: Bool = false
  ) async throws -> Int {
    var served = 0
    for client in before.clients where await Self.isServed(client) { served += 1 }
    let lost = before.clients.count - served
    let restored = try await daemon.stats().restored ?? Stats.Restored(connections: 0, sockets: 0, lost: 0)
    #expect(restored.connections == served)
    #expect(try await daemon.figures(of: "t").clients.current == served)
    let udp = try PlainSocket.datagrams()
    #expect(try await udp.echo(of: "new", from: daemon.endpoint(of: "u")) == "new")
    if !isFull { #expect(try await daemon.knownClient(of: "t").echo(of: "new") == "new") }
    if lost > 0, isKnown {
      let log = [before.program, daemon.program].map {
        String(decoding: $0.printed(on: .errors), as: UTF8.self)
      }
      .joined()
      #expect(log.contains(" \(lost) connection"), "\(log)")
    }
    return served
  }

  /// Whether a client's connection answers; otherwise it has ended. A connection that does neither is an error.
  static func isServed(_ client: PlainSocket) async -> Bool {
    do {
      try await client.send(Array("after".utf8))
      return try await client.receive(exactly: 5) == Array("after".utf8)
    } catch let failure as PlainSocket.Failure where failure.code == ECONNRESET || failure.code == EPIPE {
      return false
    } catch {
      Issue.record("it is neither served nor ended: \(error)")
      return false
    }
  }
}
