import Addresses
import Foundation
import TestSupport
import Testing

/// With echod's reflector.
@Suite("echoc ping stamp://", .serialized)
struct SenderTests {
  @Test(
    "shows a round trip for each message, and the summary of each direction", arguments: ["127.0.0.1", "::1"])
  func lines(address: String) async throws {
    try await StampReflector.with(address: address) { reflector in
      let endpoint = try reflector.endpoint()
      let outcome = try await stampPing("\(endpoint)", ["-c", "3"])
      let lines = outcome.text.split(separator: "\n")
      #expect(lines[0] == "PING stamp://\(endpoint) (udp \(endpoint)): 44 bytes")
      for (number, line) in zip(1..., lines[1...3]) {
        #expect(line.hasPrefix("44 bytes from \(address): seq=\(number) time="))
        #expect(line.contains(" ms reflector=") && line.hasSuffix(" ms hops=0"))
      }
      #expect(lines[5].hasPrefix("3 sent, 3 received, 0% loss, time "))
      #expect(lines.contains("lost there/back = 0/0"))
      for name in ["rtt min/avg/max/mdev", "reflector min/avg/max", "jitter there/back"] {
        #expect(lines.contains { $0.hasPrefix(name) })
      }
      #expect(outcome.errors == "" && outcome.ending == .exit(0))
    }
  }

  @Test(
    "measures with every combination of timestamp formats",
    arguments: [(#""ntp""#, []), (#""ntp""#, ["--ptp"]), (#""ptp""#, []), (#""ptp""#, ["--ptp"])])
  func formats(theirs: String, options: [String]) async throws {
    try await StampReflector.with(keys: #", "stamp": { "timestamps": \#(theirs) }"#) { reflector in
      let outcome = try await stampPing(
        "\(reflector.endpoint())", ["-c", "5", "--json", "--one-way"] + options)
      let summary = try SenderSummary(outcome.output)
      #expect(summary.sent == 5 && summary.received == 5 && outcome.ending == .exit(0))
      #expect(summary.timestamps == (options.isEmpty ? "ntp" : "ptp"))
      #expect(summary.reflectorTimestamps.map { "\"\($0)\"" } == theirs)
      #expect(summary.kernelTimes == SenderSummary.KernelTimes(departures: 5, arrivals: 5))
      // Both ends have the same clock, so what they say has to add up.
      let (there, back) = (summary.there?.oneWayMilliseconds, summary.back?.oneWayMilliseconds)
      let sum = try #require(there).mean + #require(back).mean
      #expect(abs(sum - (summary.roundTripMilliseconds?.mean ?? 0)) < 0.001)
      #expect(try #require(there).min >= 0 && #require(back).min >= 0)
    }
  }

  @Test("asks for a traffic class and for the reflector's counts, and gets both")
  func tlvs() async throws {
    try await StampReflector.with { reflector in
      let outcome = try await stampPing(
        "\(reflector.endpoint())", ["-c", "4", "-Q", "46", "--direct-measurement", "-s", "200", "--json"])
      let summary = try SenderSummary(outcome.output)
      #expect(summary.received == 4 && summary.wrong == 0 && summary.messageBytes == 200)
      #expect(summary.dscp == .init(sent: 46, there: ["46": 4], back: ["46": 4], refused: 0))
      #expect(summary.directMeasurement == .init(sent: 4, received: 4, returned: 4))
      #expect(summary.unknownTLVs == [] && outcome.ending == .exit(0))
    }
  }

  @Test(
    "sends with the TTL of -t, or with 255",
    arguments: [([], 255), (["-t", "17"], 17)] as [([String], UInt8)])
  func hopLimit(options: [String], expected: UInt8) async throws {
    let server = try PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
    server.setOption(Int32(IPPROTO_IP), Int32(IP_RECVTTL), to: 1)
    let arguments = ["ping", "-i.05", "stamp://\(try server.localEndpoint())"] + options
    try await RunningProgram.with(BuiltProgram.echoc, arguments) { _ in
      // The control message with the TTL is read as that with the traffic class would be.
      let hopLimit = try await server.receiveWithTrafficClass().trafficClass
      #expect(hopLimit == expected)
    }
  }

  @Test("shows no hops where no router is, whatever TTL it sends with")
  func hops() async throws {
    try await StampReflector.with { reflector in
      let outcome = try await stampPing("\(reflector.endpoint())", ["-c", "1", "-t", "17"])
      #expect(outcome.text.contains("seq=1 ") && outcome.text.contains(" hops=0\n"))
    }
  }

  @Test("prints an object for each reply, and the summary, with --json-lines")
  func jsonLines() async throws {
    try await StampReflector.with { reflector in
      let port = try reflector.endpoint().port
      let outcome = try await stampPing("\(reflector.endpoint())", ["-c", "2", "--json-lines"])
      let lines = outcome.text.split(separator: "\n")
      #expect(lines.count == 3 && lines[2].contains(#""type":"summary""#))
      for (number, line) in zip(1..., lines.prefix(2)) {
        #expect(
          line.hasPrefix(
            #"{"type":"reply","address":"127.0.0.1","port":\#(port),"bytes":44,"sequence":\#(number),"milliseconds":"#
          ))
        #expect(line.contains(#""hops":0,"#) && line.contains(#""isDuplicate":false,"#))
        #expect(
          line.contains(#""thereMilliseconds":"#) && line.contains(#""reflectorSequence":\#(number - 1),"#))
      }
    }
  }

  @Test(
    "refuses what makes no sense",
    arguments: [
      (["stamp://127.0.0.1", "-s", "43"], "at least 44 bytes"),
      (["stamp://127.0.0.1", "-Q", "46", "-s", "44"], "at least 52 bytes"),
      (["stamp://127.0.0.1", "--send-proxy", "2"], "--send-proxy cannot be used with stamp://"),
      (["udp://127.0.0.1", "--one-way"], "--one-way is for stamp:// only"),
      (["127.0.0.1", "--ptp"], "--ptp is for stamp:// only"),
      (["tcp://127.0.0.1", "--direct-measurement"], "--direct-measurement is for stamp:// only"),
    ])
  func usage(arguments: [String], error: String) async throws {
    let outcome = try await RunningProgram.run(BuiltProgram.echoc, ["ping"] + arguments)
    #expect(outcome.errors.contains(error) && outcome.ending == .exit(64))
  }

  @Test("ends with 1 when nothing answers, and says why")
  func silence() async throws {
    try await withUnusedEndpoint { endpoint in
      let outcome = try await stampPing("\(endpoint)", ["-c", "1", "-W", "0.2"])
      #expect(outcome.errors == "echoc: seq=1 no reply from udp \(endpoint): Connection refused\n")
      #expect(
        outcome.text.contains("1 sent, 0 received, 1 failed, 100% loss, ") && outcome.ending == .exit(1))
    }
  }
}
