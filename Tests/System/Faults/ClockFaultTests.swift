import EchoCore
import SystemPackage
import TestSupport
import Testing

/// No clock of a test machine has to be synchronized: the library answers adjtimex(2) in the kernel's place.
@Suite("What the kernel says about the clock")
struct ClockFaultTests {
  private static let configuration = """
    { "admin": { "port": 0 }, "listeners": [{ "name": "stamp", "transport": "udp", "port": 0, "service": "stamp" }] }
    """
  private static let maximumErrorMicroseconds: UInt64 = 1000

  /// The error estimate of the next reply.
  private static func estimate(_ reflector: RunningDaemon) async throws -> StampErrorEstimate {
    let sender = try StampSender(to: reflector.endpoint(of: "stamp"))
    return StampErrorEstimate(rawValue: UInt16(try await sender.ask(StampWire.request()).errorEstimate))
  }

  @Test("is in a reflector's replies, and the largest error where echod may not ask")
  func reflector() async throws {
    try await FaultyDaemon.with(
      Self.configuration,
      prepare: { $0.inject(.atMost(Self.maximumErrorMicroseconds), at: .adjtimex, .every(1)) },
      { faulty in
        #expect(try await Self.estimate(faulty.daemon).rawValue == 0x8F84)
        faulty.faults.inject(.error(.notPermitted), at: .adjtimex, .every(1))
        // echod asks once a second.
        let isUnknown = try await eventually { try await Self.estimate(faulty.daemon).rawValue == 0x3FFF }
        #expect(isUnknown)
      })
  }

  @Test("makes echoc show one-way times if both ends are synchronized", arguments: [true, false])
  func sender(isSynchronized: Bool) async throws {
    let fault = InjectedFaults.Fault.atMost(Self.maximumErrorMicroseconds)
    try await FaultyDaemon.with(
      Self.configuration, prepare: { $0.inject(fault, at: .adjtimex, .every(1)) },
      { faulty in
        try await InjectedFaults.with { faults in
          faults.inject(isSynchronized ? fault : .error(.notPermitted), at: .adjtimex, .every(1))
          let endpoint = "stamp://\(try faulty.daemon.endpoint(of: "stamp"))"
          let outcome = try await RunningProgram.run(
            BuiltProgram.echoc, ["ping", endpoint, "-c3", "-i0.01", "--json"], environment: faults.environment
          )
          let summary = try SenderSummary(outcome.output)
          #expect(summary.received == 3 && outcome.ending == .exit(0))
          #expect((summary.there?.oneWayMilliseconds != nil) == isSynchronized)
          #expect((summary.back?.oneWayMilliseconds != nil) == isSynchronized)
          // Each end may be wrong by a millisecond.
          let error = summary.clockErrorMilliseconds
          #expect(isSynchronized ? error.map { (2...2.1).contains($0) } == true : error == nil)
        }
      })
  }
}
