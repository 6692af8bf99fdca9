import Glibc
import Testing
import TestSupport

@Suite(
  "A forged datagram between two hosts",
  .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"))
struct LoopTests {
  /// Runs an echod with one listener on a host.
  private func withEchod<Result>(
    on host: TwoHosts.Host, port: Int = 12000, rateLimit: String = "null",
    _ body: (_ stats: @Sendable () async throws -> Stats.Listener) async throws -> Result
  ) async throws -> Result {
    let listener = """
      { "name": "echo", "transport": "udp", "address": "\(host.address)", "port": \(port),
        "rateLimit": \(rateLimit) }
      """
    return try await HostDaemon.with(on: host, listeners: listener) { daemon in
      try await body { try await daemon.stats(of: "echo") }
    }
  }

  @Test("ends at the first echod, without a reply")
  func twoEchods() async throws {
    try await TwoHosts.with { hosts in
      let (left, right) = (hosts.left, hosts.right)
      try await withEchod(on: left) { leftStats in
        try await withEchod(on: right) { rightStats in
          try await right.forge(from: (right.address, 12000), to: (left.address, 12000))
          try await left.forge(from: (left.address, 12000), to: (right.address, 12000))
          // An honest client is answered after the forged ones: by then a loop would be under way.
          for host in [left, right] {
            let other = host.name == left.name ? right : left
            #expect(
              try await host.run(
                [BuiltProgram.echoc, "talk", "udp://\(other.address):12000"], input: "hello\n") == "hello\n")
          }
          for stats in [try await leftStats(), try await rightStats()] {
            #expect(stats.messages == Stats.InAndOut(received: 2, sent: 1))
            #expect(stats.dropped.loopGuard == 1 && stats.dropped.total == 1)
          }
        }
      }
    }
  }

  @Test("goes to and fro between echods with different ports until the rate limit of one is used up")
  func rateLimit() async throws {
    try await TwoHosts.with { hosts in
      let (left, right) = (hosts.left, hosts.right)
      let rateLimit = #"{ "perSecond": 1, "burst": 100 }"#
      try await withEchod(on: left, rateLimit: rateLimit) { leftStats in
        try await withEchod(on: right, port: 12001) { rightStats in
          try await right.forge(from: (right.address, 12001), to: (left.address, 12000))
          let isOver = try await eventually { try await leftStats().dropped.rateLimited == 1 }
          #expect(isOver)
          let sent = try await leftStats().messages.sent
          #expect(sent >= 100)
          #expect(try await leftStats().messages == Stats.InAndOut(received: sent + 1, sent: sent))
          #expect(try await rightStats().messages == Stats.InAndOut(received: sent, sent: sent))
        }
      }
    }
  }

  @Test("ends between echod and another vendor's echo, on whichever side it begins")
  func xinetd() async throws {
    let configuration = """
      service echo
      {
        type = INTERNAL
        id = echo-dgram
        socket_type = dgram
        protocol = udp
        user = root
        wait = yes
      }
      """
    try await TwoHosts.with { hosts in
      let (left, right) = (hosts.left, hosts.right)
      try await TemporaryFile.with(configuration) { path in
        let command =
          right.wrapper + ["/usr/sbin/xinetd", "-dontfork", "-f", path, "-pidfile", path + ".pid"]
        defer { unlink(path + ".pid") }
        try await RunningProgram.with(command[0], Array(command.dropFirst())) { _ in
          let other = [BuiltProgram.echoc, "talk", "udp://\(right.address):7"]
          let answers = try await eventually {
            let outcome = try await RunningProgram.run(
              left.wrapper[0], Array((left.wrapper + other).dropFirst()), input: "x\n".utf8)
            return outcome.text == "x\n"
          }
          try #require(answers, "xinetd does not answer")
          try await withEchod(on: left) { stats in
            try await right.forge(from: (right.address, 7), to: (left.address, 12000))
            try await left.forge(from: (left.address, 12000), to: (right.address, 7))
            let areGuarded = try await eventually { try await stats().dropped.loopGuard >= 2 }
            #expect(areGuarded)
            #expect(
              try await right.run(
                [BuiltProgram.echoc, "talk", "udp://\(left.address):12000"], input: "hello\n") == "hello\n")
            #expect(try await stats().messages == Stats.InAndOut(received: 3, sent: 1))
            #expect(try await stats().dropped.loopGuard == 2)
          }
        }
      }
    }
  }
}
