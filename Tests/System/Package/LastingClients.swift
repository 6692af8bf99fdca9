import Foundation
import Synchronization
import Testing

/// The clients of `restart_clients.py`, which stay while echod restarts.
final class LastingClients: Sendable {
  /// How many there are.
  struct Crowd: Sendable {
    var port = 7000
    /// TCP connections that send only for a command.
    var quiet = 200
    /// TCP connections that send a line as soon as the last one has come back.
    var busy = 20
    /// UDP sockets that send without waiting for replies.
    var flows = 5
    /// How often a flow sends. What all of them send while nobody receives has to fit the receive buffer.
    var paceMilliseconds = 5

    var connections: Int { quiet + busy }
  }

  /// What they have seen so far.
  struct Figures: Decodable, Sendable {
    struct Datagrams: Decodable, Sendable {
      var sent: Int
      var answered: Int
      var lost: Int
      var bytes: Int
    }

    struct Pauses: Decodable, Sendable {
      var tcp: Double
      var udp: Double
    }

    /// Connections that could not be opened, and datagrams to a port that was closed.
    var refused: Int
    /// Connections that ended by FIN where no line had come back in part.
    var ended: Int
    /// Connections that ended by FIN within a line.
    var torn: Int
    /// Connections that ended by RST.
    var reset: Int
    /// Connections that got no reply within ten seconds.
    var silent: Int
    /// Replies with other bytes, and datagrams that nobody had asked for.
    var wrong: Int
    /// Some of these in full.
    var examples: [String]
    /// Open connections.
    var quiet: Int
    /// Open connections.
    var busy: Int
    /// What the connections sent.
    var lineBytes: Int
    var datagrams: Datagrams
    /// The longest times without a reply since `rest` or `report`.
    var pauseMilliseconds: Pauses

    /// All that should not happen, for people: nothing, if it did not.
    var troubles: [String] { faults + count(ended, "ended") + (faults.isEmpty && ended == 0 ? [] : examples) }

    /// What should not happen even to clients that echod disconnects.
    var faults: [String] {
      count(refused, "refused") + count(torn, "torn") + count(reset, "reset") + count(silent, "silent")
        + count(wrong, "wrong") + count(datagrams.lost, "of \(datagrams.sent) datagrams lost")
    }

    private func count(_ number: Int, _ what: String) -> [String] { number == 0 ? [] : ["\(number) \(what)"] }
  }

  private let program: RunningProgram
  private let commands = Atomic<Int>(0)

  fileprivate init(_ program: RunningProgram) { self.program = program }

  /// Every quiet connection exchanges a line.
  @discardableResult
  func check() async throws -> Figures { try await command("check") }

  /// Opens more quiet connections, each of which exchanges a line.
  @discardableResult
  func open(_ count: Int) async throws -> Figures { try await command("open \(count)") }

  /// They send nothing more and wait for what is owed to them, at most a second. What has not come then is lost.
  func rest() async throws -> Figures { try await command("rest") }

  /// They go on.
  @discardableResult
  func resume() async throws -> Figures { try await command("resume") }

  /// A rest after which they go on. The pauses are counted anew.
  @discardableResult
  func report() async throws -> Figures { try await command("report") }

  /// A rest, after which they close their connections.
  func end() async throws -> Figures { try await command("end") }

  private func command(_ command: String) async throws -> Figures {
    let number = "\(commands.wrappingAdd(1, ordering: .relaxed).newValue) "
    program.write("\(number)\(command)\n")
    let line = try await program.line { $0.hasPrefix(number) }
    return try JSONDecoder().decode(Figures.self, from: Data(line.dropFirst(number.count).utf8))
  }
}

extension Machine {
  /// Lets the body run beside clients, all of which have exchanged a message.
  func withClients<Result>(
    _ crowd: LastingClients.Crowd, _ body: (LastingClients) async throws -> Result
  ) async throws -> Result {
    let python = PythonProgram(
      file: "Package/restart_clients.py",
      arguments: [crowd.port, crowd.quiet, crowd.busy, crowd.flows, crowd.paceMilliseconds].map(String.init))
    return try await withHostProgram(python.command) { program in
      let clients = LastingClients(program)
      let figures = try await clients.check()
      try #require(figures.troubles == [] && figures.quiet == crowd.quiet && figures.busy == crowd.busy)
      return try await body(clients)
    }
  }
}
