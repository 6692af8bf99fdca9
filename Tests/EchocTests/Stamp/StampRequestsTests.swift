import EchoCore
import Testing

@testable import echoc

@Suite("STAMP requests")
struct StampRequestsTests {
  private let variables = StampRequests.Variables(
    sequence: 0x0102_0304, timestamp: 0x1112_1314_1516_1718, errorEstimate: .init(rawValue: 0x8A01), count: 7)

  @Test("have 44 bytes: number, T1, error estimate, session, zeros")
  func base() {
    let requests = StampRequests(StampPlan(), sessionID: 0xBEEF)
    #expect(
      requests.request(variables) == [
        1, 2, 3, 4, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x8A, 1, 0xBE, 0xEF,
      ] + [UInt8](repeating: 0, count: 28))
  }

  @Test("have TLVs that no reflector has processed yet, and padding up to the size")
  func tlvs() {
    let plan = StampPlan(dscp: 46, measuresDirectly: true, messageBytes: 44 + 8 + 16 + 4 + 3)
    let requests = StampRequests(plan, sessionID: 1)
    #expect(
      requests.request(variables).dropFirst(44) == [
        // Class of Service: DSCP1 is 46, 0xB8 in the upper six bits.
        0x80, 4, 0, 4, 0xB8, 0, 0, 0,
        // Direct Measurement: 7 sent.
        0x80, 5, 0, 12, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0,
        // Extra Padding.
        0x80, 1, 0, 3, 13, 180, 91,
      ])
    #expect(requests.layout.map(\.kind) == [.classOfService, .directMeasurement, .extraPadding])
  }

  @Test(
    "are refused where there is no room for them",
    arguments: [
      (StampPlan(messageBytes: 43), "-s 43 is too short: a STAMP message has at least 44 bytes"),
      (
        StampPlan(dscp: 0, messageBytes: 44),
        "-s 44 is too short: a STAMP message with these TLVs has at least 52 bytes"
      ),
      (StampPlan(messageBytes: 45), "-s 45 is not possible: use 44, or at least 48"),
      (StampPlan(messageBytes: 47), "-s 47 is not possible: use 44, or at least 48"),
      (StampPlan(messageBytes: 65_508), "-s 65508 is not in the range 44 to 65507"),
    ])
  func sizes(plan: StampPlan, problem: String) { #expect(plan.problem == problem) }

  @Test("can have any other size", arguments: [44, 48, 49, 1472, 65_507])
  func possibleSizes(bytes: Int) {
    let plan = StampPlan(messageBytes: bytes)
    #expect(plan.problem == nil && StampRequests(plan, sessionID: 1).request(variables).count == bytes)
  }
}
