import EchoCore
import Testing

@Suite("The configuration reader, given mutated files")
struct MutationTests {
  private static let seed = """
    {
      // A file with something of everything.
      "$schema": "echod.schema.json", "admin": { "address": "127.0.0.1", "port": 8080 }, "drainSeconds": 5,
      "listeners": [
        { "name": "one", "transport": "udp", "address": "::", "port": 12000, "service": "uppercase", "queues": 2,
          "allow": ["10.0.0.0/8", "::1/128"], "rateLimit": { "perSecond": 200, "burst": 400.0 },
          "proxyProtocol": { "from": ["10.0.0.0/8"], "datagrams": "first" }, "reflectTrafficClass": true,
          "impair": { "seed": 1, "lossPercent": 30.5, "delayMilliseconds": 100, "jitterMilliseconds": 20 },
          "busyPollMicroseconds": 200, "receiveBufferBytes": 65536, "sendBufferBytes": 6.5536e4 }, /* and */
        { "transport": "tcp", "port": 12001, "backlog": 16, "maxConnections": 10, "maxConnectionsPerClient": 1,
          "idleTimeoutSeconds": 9, "keepAliveSeconds": 60, "closeAfterReply": true,
          "impair": { "bytesPerSecond": 1000, "closeAfterBytes": 5, "sliceBytes": 1 }, "name": "\\u0061\\ud83d\\ude00é" },
      ]
    }
    """

  @Test("accepts a file or refuses it with readable lines, and never crashes", arguments: UInt64(0)..<8)
  func mutations(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    for _ in 0..<500 {
      let bytes = Self.mutated(Array(Self.seed.utf8), &random)
      do throws(ConfigurationProblems) {
        _ = try Configuration.read(bytes)
      } catch {
        try #require(!error.problems.isEmpty)
        for problem in error.problems {
          let isLine =
            (1...500).contains(problem.message.count) && !problem.message.contains(where: \.isNewline)
          try #require(isLine && problem.line(file: "").count < 700, "\(problem) of \(bytes)")
        }
      }
    }
  }

  /// A copy with one to four spans deleted, doubled, moved or overwritten.
  private static func mutated(_ original: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var bytes = original
    for _ in 0...random.next(below: 4) {
      let start = random.next(below: bytes.count + 1)
      let span = start..<min(bytes.count, start + random.next(below: 12))
      let target = random.next(below: bytes.count + 1)
      switch random.next(below: 6) {
      case 0: bytes.removeSubrange(span)
      case 1: bytes.insert(contentsOf: bytes[span], at: target)
      case 2:
        bytes.insert(
          contentsOf: Array(#"{}[]",:/*0-9.eE\u'"#.utf8).shuffled(using: &random).prefix(2), at: target)
      case 3: bytes.insert(UInt8(random.next(below: 256)), at: target)
      case 4:
        bytes.replaceSubrange(
          span, with: ["null", "-1", "1e9", "[]", "{}", "\"\"", "70000"][random.next(below: 7)].utf8)
      default: bytes.removeSubrange(target...)
      }
    }
    return bytes
  }
}

/// Sebastiano Vigna's SplitMix64: the same numbers on every machine and run.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number from 0 to below the bound.
  mutating func next(below bound: Int) -> Int {
    Int(next() % UInt64(bound))
  }
}
