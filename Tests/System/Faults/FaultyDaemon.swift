import Addresses
import Glibc
import SystemPackage
import Testing
import TestSupport

/// The built echod on a kernel that fails when a test wants it to.
struct FaultyDaemon: Sendable {
  /// A listener for each way of serving; the admin socket has a port of the kernel's choice.
  static let configuration = configuration(drainSeconds: 1)

  /// What each client sends, made once because it takes processor time from other tests.
  private static let noises = (1...4).map { noise(100_000, seed: $0) }

  let daemon: RunningDaemon
  let faults: InjectedFaults
  let process: ProcessFacts

  /// The same with another time to drain.
  static func configuration(drainSeconds: Int) -> String {
    """
    { "admin": { "port": 0 }, "drainSeconds": \(drainSeconds),
      "listeners": [
        { "name": "tcp", "transport": "tcp", "port": 0 },
        { "name": "course", "transport": "tcp", "port": 0, "closeAfterReply": true },
        { "name": "idle", "transport": "tcp", "port": 0, "idleTimeoutSeconds": 1 },
        { "name": "udp", "transport": "udp", "port": 0 }] }
    """
  }

  /// Starts echod, for as long as the body runs.
  ///
  /// - Parameters:
  ///   - wrapper: as with ``RunningDaemon``; it has the environment that brings the faults.
  ///   - prepare: injects what strikes from the start on.
  static func with<Result>(
    _ configuration: String = configuration, wrapper: [String] = [],
    deadlineSeconds: Int = RunningProgram.usualDeadlineSeconds,
    prepare: (InjectedFaults) -> Void = { _ in },
    _ body: (FaultyDaemon) async throws -> Result
  ) async throws -> Result {
    try await InjectedFaults.with { faults in
      prepare(faults)
      return try await RunningDaemon.with(
        configuration, environment: faults.environment, wrapper: wrapper, deadlineSeconds: deadlineSeconds
      ) { daemon in
        try #require(faults.areLoaded)
        return try await body(
          FaultyDaemon(daemon: daemon, faults: faults, process: ProcessFacts(pid: daemon.program.pid)))
      }
    }
  }

  /// Lets clients of a TCP listener, all at once, send noise and then their end. Returns whether all of it came back to
  /// each, and then echod's end.
  func converse(clients: Int = 4, bytes: Int = 100_000) async throws -> Bool {
    precondition(clients <= Self.noises.count && bytes <= Self.noises[0].count)
    let server = try daemon.endpoint(of: "tcp")
    return try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<clients {
        group.addTask {
          let message = Array(Self.noises[number].prefix(bytes))
          let client = try PlainSocket(connectedTo: server)
          async let received = client.receiveToEnd()
          try await client.send(message)
          client.shutdownSending()
          return try await received == message
        }
      }
      return try await group.allSatisfy { $0 }
    }
  }

  /// Sends datagrams of different lengths from a socket.
  func sendDatagrams(_ count: Int, from client: PlainSocket) throws {
    let server = try daemon.endpoint(of: "udp")
    for number in 0..<count { try client.send(noise(number + 1, seed: UInt64(number)), to: server) }
  }

  /// Takes the replies to ``sendDatagrams(_:from:)`` that have come. Returns how many, or `nil` when one is wrong or came
  /// twice.
  func takeReplies(to count: Int, from client: PlainSocket) async throws -> Int? {
    var missing = Set(0..<count)
    while client.hasInput() {
      let reply = try await client.receiveDatagram().bytes
      let number = reply.count - 1
      guard missing.remove(number) != nil, reply == noise(number + 1, seed: UInt64(number)) else {
        return nil
      }
    }
    return count - missing.count
  }

  /// See ``RunningProgram/whileItIsStopped(_:)``.
  func whileItIsStopped(_ body: () async throws -> Void) async throws {
    try await daemon.program.whileItIsStopped(body)
  }

  /// Whether echod uses less than a twelfth of half a second, or of the time that the pause really took: on a busy
  /// machine even a busy loop gets only a part of a processor.
  func isIdle() async throws -> Bool {
    let (begin, before) = (ContinuousClock.now, process.processorTicks)
    try await Task.sleep(for: .milliseconds(500))
    let ticks = process.processorTicks - before
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    return Double(ticks) < seconds * Double(ProcessFacts.ticksPerSecond) / 12
  }

  /// Waits until it has logged so many warnings: it makes the call that fails before it logs that. Returns whether it has.
  func hasLogged(warnings count: Int) async -> Bool {
    await eventually { warnings.count >= count }
  }

  /// The warnings in its log.
  var warnings: [Substring] {
    String(decoding: daemon.program.printed(on: .errors), as: UTF8.self).split(separator: "\n")
      .filter { $0.contains(" warning ") }
  }

  /// Ends the faults and waits until clients and their descriptors are gone. Dispatch keeps a timer or two after
  /// its first.
  func isCleanAgain(_ before: Int) async throws -> Bool {
    faults.end()
    let areGone = try await eventually {
      let listeners = try await daemon.stats().listeners
      return listeners.allSatisfy { $0.transport == "udp" || $0.clients.current == 0 }
    }
    return await eventually { process.descriptors <= before + 4 } && areGone
  }

  /// The statistics of a listener.
  func figures(_ listener: String) async throws -> Stats.Listener {
    try #require(await daemon.stats()[listener: listener])
  }
}

/// A call and how it fails: a case of a test.
struct Strike: Sendable, CustomTestStringConvertible {
  let call: InjectedFaults.Call
  let error: Errno

  var testDescription: String { "\(call.testDescription): \(error)" }

  /// A call with each of several errors.
  static func each(_ call: InjectedFaults.Call, _ errors: Errno...) -> [Strike] {
    errors.map { Strike(call: call, error: $0) }
  }
}
