import Glibc
import TestSupport
import Testing

@Suite("echod in the long run")
struct SoakTests {
  /// How long scripts/soak wants it to last; otherwise it runs just enough rounds to show growth.
  private static let duration = Duration.seconds(
    getenv("ECHOD_SOAK_SECONDS").flatMap { Int(String(cString: $0)) } ?? 0)
  private static let fewestRounds = 3

  /// How much more memory may be resident at the end than at a third of the time. Nothing of it is in use: the C
  /// library has an arena for each of several threads, Dispatch keeps continuations for each of its threads, and what
  /// each of them keeps comes up to its most only by chance, slower and slower. In half an hour it is what some tens of
  /// bytes for each client would come to.
  private static let growthBytes = 8 << 20

  @Test("serves every kind of client at once, again and again, to the byte, and does not grow")
  func soak() async throws {
    let deadline = Int(Self.duration.components.seconds) + 120
    try await RunningDaemon.with(SoakListener.configuration, deadlineSeconds: deadline) { daemon in
      let process = ProcessFacts(pid: daemon.program.pid)
      var tallies: Tallies = [:]
      try await warmUp(daemon, &tallies)
      let descriptors = process.descriptors
      let resident = try await rounds(daemon, &tallies)
      try await expectEveryoneGone(daemon, tallies)
      let totals = try await daemon.stats().totals
      let areClosed = await eventually { process.descriptors <= descriptors }
      let left = process.descriptors
      #expect(areClosed, "\(left) descriptors, and \(descriptors) before")
      let (start, third, end) = (resident[0], resident[resident.count / 3], resident[resident.count - 1])
      // A sanitizer keeps freed memory.
      if !BuiltProgram.isSanitized { #expect(end - third <= Self.growthBytes) }
      print(
        """
        measured: \(resident.count - 1) rounds, \(totals.clients.total) clients, \(totals.messages.received) messages, \
        \(totals.bytes.received) bytes; resident \(start / 1024) KiB at the start, \(third / 1024) KiB at a third, \
        \(end / 1024) KiB at the end; \(descriptors) descriptors at the start, \(left) at the end
        """)
    }
  }

  /// Makes echod allocate what it allocates only once.
  private func warmUp(_ daemon: RunningDaemon, _ tallies: inout Tallies) async throws {
    let process = ProcessFacts(pid: daemon.program.pid)
    let cold = process.descriptors
    try await withCrowd(on: daemon, &tallies) { crowd, tallies in
      tallies += try await crowd.round(0)
    }
    try await expectEveryoneGone(daemon, tallies)
    // Dispatch keeps a timer or two after its first.
    let areClosed = await eventually { process.descriptors <= cold + 4 }
    #expect(areClosed)
  }

  /// Runs rounds until the time is over. Returns how much memory was resident before the first and after each.
  private func rounds(_ daemon: RunningDaemon, _ tallies: inout Tallies) async throws -> [Int] {
    let process = ProcessFacts(pid: daemon.program.pid)
    let end = ContinuousClock.now + Self.duration
    return try await withCrowd(on: daemon, &tallies) { crowd, tallies in
      var resident = [process.residentBytes]
      while resident.count <= Self.fewestRounds || ContinuousClock.now < end {
        tallies += try await crowd.round(resident.count)
        try await expectFigures(daemon, tallies)
        resident.append(process.residentBytes)
      }
      return resident
    }
  }

  private func withCrowd<Result>(
    on daemon: RunningDaemon, _ tallies: inout Tallies,
    _ body: (Crowd, inout Tallies) async throws -> Result
  ) async throws -> Result {
    let crowd = try Crowd(on: daemon)
    tallies += [.steady: Tally(connections: crowd.connections)]
    return try await body(crowd, &tallies)
  }

  private func expectEveryoneGone(_ daemon: RunningDaemon, _ tallies: Tallies) async throws {
    let areGone = try await eventually(every: .milliseconds(20)) {
      try await daemon.stats().listeners.allSatisfy { $0.transport == "udp" || $0.clients.current == 0 }
    }
    #expect(areGone)
    try await expectFigures(daemon, tallies)
  }

  /// Expects that echod counted what the clients counted. On a busy machine its queues may take longer than a request to
  /// /stats waits.
  private func expectFigures(_ daemon: RunningDaemon, _ tallies: Tallies) async throws {
    var wrong: [String] = []
    _ = try await eventually(every: .milliseconds(100)) {
      wrong = try await daemon.stats().listeners.flatMap { figures in
        let listener = SoakListener(rawValue: figures.name)
        return listener.map { $0.whatIsWrong(figures, tallies[$0]) } ?? ["another listener: \(figures.name)"]
      }
      return wrong.isEmpty
    }
    #expect(wrong.isEmpty)
  }
}
