import Glibc
import Testing

@Suite("echoc mtu", .serialized)
struct MTUTests {
  @Test(
    "finds the longest datagram of loopback, whose MTU is 65,536",
    arguments: [("127.0.0.1", 65_507, 65_535, "protocol"), ("::1", 65_488, 65_536, "interface")])
  func loopback(address: String, largest: Int, path: Int, limit: String) async throws {
    let listener = #"{ "name": "l", "transport": "udp", "address": "\#(address)", "port": 0 }"#
    try await RunningDaemon.with(#"{ "admin": null, "listeners": [\#(listener)] }"#) { daemon in
      let endpoint = try daemon.endpoint(of: "l")
      let summary = try await MTUSummary.of("udp://\(endpoint)")
      #expect(summary.largestBytes == largest && summary.pathMTU == path && summary.limitedBy == limit)
      #expect(summary.trials.count <= 3 && summary.error == nil)
      let outcome = try await mtu("udp://\(endpoint)")
      let lines = outcome.text.split(separator: "\n")
      #expect(lines[0].hasPrefix("MTU udp://\(endpoint) (udp \(endpoint)): "))
      #expect(lines[1].hasPrefix("8 bytes: came back, time="))
      #expect(lines[2].hasPrefix("\(largest) bytes: came back, time="))
      #expect(outcome.text.contains("\nlargest datagram  \(largest) bytes, "))
      #expect(
        outcome.text.contains("\npath MTU          \(limit == "protocol" ? "at least " : "")\(path) bytes, "))
      #expect(outcome.errors == "" && outcome.ending == .exit(0))
    }
  }

  @Test("tries a size again when its reply is lost")
  func loss() async throws {
    try await PythonProgram.odd("udp_losing").serve { port in
      let summary = try await MTUSummary.of("udp://127.0.0.1:\(port)")
      #expect(summary.largestBytes == 65_507)
      #expect(summary.trials.map(\.bytes) == [8, 65_507])
      #expect(summary.trials.first.map { $0.tries >= 2 } == true)
    }
  }

  @Test(
    "does not mistake another reply for the datagram's, and ends with 2",
    arguments: ["udp_spoiling", "udp_welcoming"])
  func wrong(behaviour: String) async throws {
    try await PythonProgram.odd(behaviour).serve { port in
      let outcome = try await mtu("udp://127.0.0.1:\(port)")
      #expect(outcome.errors.hasPrefix("echoc: wrong reply from udp 127.0.0.1:\(port): "))
      #expect(outcome.ending == .exit(2))
    }
  }

  @Test("says that a server truncates long datagrams, and ends with 2")
  func cut() async throws {
    try await PythonProgram.odd("udp_cutting").serve { port in
      let outcome = try await mtu("udp://127.0.0.1:\(port)")
      let sentence = "2048 bytes instead of 65507; so far, 8 bytes came back"
      #expect(outcome.errors == "echoc: wrong reply from udp 127.0.0.1:\(port): \(sentence)\n")
      #expect(outcome.ending == .exit(2))
      let summary = try await MTUSummary.of("udp://127.0.0.1:\(port)", exit: 2)
      #expect(summary.largestBytes == 8 && summary.trials.last?.result == "wrong")
    }
  }

  @Test("ends with 1 when no reply comes to the smallest datagram")
  func silence() async throws {
    let listener = #"{ "name": "l", "transport": "udp", "port": 0, "service": "discard" }"#
    try await RunningDaemon.with(#"{ "admin": null, "listeners": [\#(listener)] }"#) { daemon in
      let endpoint = try daemon.endpoint(of: "l")
      let outcome = try await mtu("udp://\(endpoint)", ["-W", "0.1", "--tries", "2"])
      #expect(outcome.errors == "echoc: no reply from udp \(endpoint), 2 tries of 8 bytes\n")
      #expect(outcome.text.contains("\n8 bytes: no reply, 2 tries\n"))
      #expect(outcome.ending == .exit(1))
    }
  }

  @Test("reports that a port is refused, and ends with 1")
  func refused() async throws {
    try await withUnusedEndpoint { endpoint in
      let outcome = try await mtu("udp://\(endpoint)")
      #expect(outcome.errors == "echoc: no reply from udp \(endpoint): Connection refused\n")
      #expect(outcome.ending == .exit(1))
    }
  }

  @Test("notices that the server has gone, and does not report a black hole")
  func gone() async throws {
    try await PythonProgram.odd("udp_ending").serve { port in
      let summary = try await MTUSummary.of("udp://127.0.0.1:\(port)", ["--tries", "1"], exit: 1)
      #expect(summary.largestBytes == 1426)
      let error = try #require(summary.error)
      #expect(error.hasPrefix("no reply from udp 127.0.0.1:\(port)"), "\(error)")
      #expect(error.hasSuffix("; so far, 1426 bytes came back"), "\(error)")
    }
  }

  @Test("ends with 2 when the name has no address")
  func nobody() async throws {
    let outcome = try await mtu("udp://nobody.invalid:7")
    #expect(outcome.errors.contains("nobody.invalid"))
    #expect(outcome.ending == .exit(2))
    let summary = try await MTUSummary.of("udp://nobody.invalid:7", exit: 2)
    #expect(summary.largestBytes == nil && summary.trials.isEmpty)
  }

  @Test(
    "refuses what it cannot do, with 64",
    arguments: [
      ["tcp://127.0.0.1:7"], ["udp://127.0.0.1:7", "-W", "0"], ["udp://127.0.0.1:7", "--tries", "0"],
      ["udp://127.0.0.1:7", "-4", "-6"],
    ])
  func commandLine(arguments: [String]) async throws {
    let outcome = try await mtu(arguments[0], Array(arguments.dropFirst()))
    #expect(outcome.ending == .exit(64) && outcome.errors.hasPrefix("Error: "))
  }

  @Test("ends with what is known when it is interrupted", arguments: [SIGINT, SIGTERM])
  func interrupted(signal: Int32) async throws {
    try await PythonProgram.odd("udp_ending").serve { port in
      let command = ["mtu", "udp://127.0.0.1:\(port)", "-W", "60"]
      try await RunningProgram.with(BuiltProgram.echoc, command) { program in
        _ = try await program.line { $0.hasPrefix("8 bytes: came back") }
        program.signal(signal)
        let outcome = try await program.outcome()
        #expect(outcome.errors == "echoc: interrupted; so far, 8 bytes came back\n")
        #expect(outcome.ending == .exit(1))
      }
    }
  }

  private func mtu(_ endpoint: String, _ arguments: [String] = []) async throws -> RunningProgram.Outcome {
    try await RunningProgram.run(BuiltProgram.echoc, ["mtu"] + arguments + [endpoint])
  }
}
