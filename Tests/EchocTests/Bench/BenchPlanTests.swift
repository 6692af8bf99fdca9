import Testing

@testable import echoc

@Suite("A bench's plan")
struct BenchPlanTests {
  @Test(
    "can be carried out",
    arguments: [
      BenchPlan(), BenchPlan(transport: .udp, bytes: 0), BenchPlan(transport: .udp, bytes: 65_507),
      BenchPlan(transport: .udp, bytes: 2, depth: 256), BenchPlan(bytes: 1 << 20), BenchPlan(isChurn: true),
      BenchPlan(connections: 10_000, depth: 100, seconds: 86_400, perSecond: 10_000_000),
    ])
  func possible(plan: BenchPlan) {
    #expect(plan.problem == nil)
  }

  @Test(
    "says what is wrong with it",
    arguments: [
      (BenchPlan(connections: 0), "-c 0 is not in the range 1 to 10000"),
      (BenchPlan(bytes: 0), "-s 0 is not in the range 1 to 1048576"),
      (BenchPlan(transport: .udp, bytes: 65_508), "-s 65508 is not in the range 0 to 65507"),
      (BenchPlan(depth: 1025), "-p 1025 is not in the range 1 to 1024"),
      (BenchPlan(seconds: 0), "-d 0 is not in the range 1 to 86400"),
      (BenchPlan(perSecond: 0), "--rate 0 is not in the range 1 to 10000000"),
      (BenchPlan(maximumLossPercent: 100.5), "--max-loss 100.5 is not in the range 0 to 100"),
      (BenchPlan(maximumLossPercent: .nan), "--max-loss nan is not in the range 0 to 100"),
      (
        BenchPlan(connections: 10_000, depth: 101),
        "-c 10000 with -p 101 is more than 1000000 messages in flight"
      ),
      (BenchPlan(transport: .udp, isChurn: true), "--churn is for TCP"),
      (BenchPlan(depth: 2, isChurn: true), "with --churn each connection has one message: omit -p"),
      (
        BenchPlan(transport: .udp, bytes: 1, depth: 17),
        "datagrams of 1 byte can carry only 16 different numbers: use at most -p 16"
      ),
    ])
  func impossible(plan: BenchPlan, problem: String) {
    #expect(plan.problem == problem)
  }

  @Test("allows a loss of exactly the percentage that it names")
  func loss() {
    #expect(!BenchPlan().isTooMuch(8, of: 8) && !BenchPlan(maximumLossPercent: 0).isTooMuch(0, of: 0))
    #expect(BenchPlan(maximumLossPercent: 0).isTooMuch(1, of: 1_000_000_000))
    let plan = BenchPlan(maximumLossPercent: 12.5)
    #expect(!plan.isTooMuch(1, of: 8) && plan.isTooMuch(2, of: 8))
  }

  @Test("waits only in its receive with one socket, no schedule, and no wait for room to send")
  func waiting() {
    #expect(BenchPlan().waitsInReceive && BenchPlan(bytes: 1024, depth: 16).waitsInReceive)
    #expect(BenchPlan(transport: .udp, bytes: 65_507).waitsInReceive)
    #expect(!BenchPlan(bytes: 1024, depth: 17).waitsInReceive)
    #expect(!BenchPlan(connections: 2).waitsInReceive && !BenchPlan(perSecond: 1).waitsInReceive)
    #expect(!BenchPlan(isChurn: true).waitsInReceive)
  }

  @Test("has at a fixed rate as many messages in flight as their numbers can tell apart, at most 64")
  func depth() {
    #expect(BenchPlan.usualDepth(.tcp, bytes: 64, perSecond: nil, isChurn: false) == 1)
    #expect(BenchPlan.usualDepth(.tcp, bytes: 64, perSecond: 1000, isChurn: false) == 64)
    #expect(BenchPlan.usualDepth(.tcp, bytes: 64, perSecond: 1000, isChurn: true) == 1)
    #expect(BenchPlan.usualDepth(.udp, bytes: 1, perSecond: 1000, isChurn: false) == 16)
    #expect(BenchPlan.usualDepth(.udp, bytes: 64, perSecond: 1000, isChurn: false) == 64)
    #expect(BenchPlan.usualDepth(.udp, bytes: -1, perSecond: 1000, isChurn: false) == 1)
  }
}
