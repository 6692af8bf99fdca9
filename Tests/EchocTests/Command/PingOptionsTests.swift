import Addresses
import Testing

@testable import echoc

@Suite("The options of a ping")
struct PingOptionsTests {
  @Test("are a plan without limits, a message a second, by default")
  func usual() throws {
    let plan = try plan("")
    #expect(plan == PingPlan())
    #expect(
      plan.count == 0 && plan.interval == 1_000_000_000 && plan.deadline == nil && plan.output == .lines)
  }

  @Test("say how often and how long messages are sent")
  func times() throws {
    let plan = try plan("-c 3 -i 0.25 -W 0.5 -w 1.5 -s 8")
    #expect(plan.count == 3 && plan.messageBytes == 8)
    #expect([plan.interval, plan.timeout, plan.deadline] == [250_000_000, 500_000_000, 1_500_000_000])
  }

  @Test("of a flood wait 10 ms for a reply, but keep an interval that was chosen")
  func flood() throws {
    let flood = try plan("-f")
    #expect(flood.isFlood && flood.interval == 10_000_000 && flood.output == .dots)
    let slow = try plan("-f -i 0.5")
    #expect(!slow.isFlood && slow.interval == 500_000_000 && slow.output == .dots)
  }

  @Test(
    "say what is printed: JSON before silence before dots",
    arguments: [
      ("-q", .quiet), ("-f -q", .quiet), ("-q --json", .json), ("-f --json-lines", .jsonLines),
      ("-q --json-lines", .jsonSummary),
    ] as [(String, PingPlan.Output)])
  func output(options: String, output: PingPlan.Output) throws {
    #expect(try plan(options).output == output)
  }

  @Test("say how packets leave")
  func packets() throws {
    let packets = try plan("-I 127.0.0.2 -t 255 -Q 63 -M do").packets
    #expect(packets.source == Endpoint(address: IPAddress(v4: 0x7F00_0002), port: 0))
    #expect(packets.hopLimit == 255 && packets.trafficClass == 0xFC && packets.dontFragment)
  }

  private func plan(_ options: String) throws -> PingPlan {
    try PingOptions.parse(options.split(separator: " ").map(String.init)).plan
  }
}
