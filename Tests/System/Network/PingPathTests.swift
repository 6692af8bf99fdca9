import Testing

@Suite(
  "echoc ping over a path with a router", .serialized,
  .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"))
struct PingPathTests {
  private static let servers = [NarrowPath.serverIPv4, NarrowPath.serverIPv6]

  /// Runs `echoc ping` on a host of a path to one that may have no echo.
  private func ping(_ arguments: [String], on host: TwoHosts.Host) async throws -> RunningProgram.Outcome {
    let command = host.wrapper + [BuiltProgram.echoc, "ping"] + arguments
    return try await RunningProgram.run(command[0], Array(command.dropFirst()))
  }

  @Test("with -t 1 names the router at which the message expired")
  func hopLimit() async throws {
    try await NarrowPath.with(isFiltered: false) { path in
      let ipv4 = try await ping(["-t1", "-c1", NarrowPath.serverIPv4], on: path.client)
      #expect(ipv4.errors.contains("time to live exceeded (reported by 10.255.1.254)"))
      let ipv6 = try await ping(["-t1", "-c1", NarrowPath.serverIPv6], on: path.client)
      #expect(ipv6.errors.contains("hop limit exceeded (reported by fd00:255:1::254)"))
    }
  }

  @Test("with -M do says that a message is too long for the path, and how long it may be")
  func tooLong() async throws {
    try await NarrowPath.with(isFiltered: false) { path in
      // The client's own link is the narrow one.
      for server in Self.servers {
        let outcome = try await ping(["-Mdo", "-s1400", "-c1", server], on: path.client)
        #expect(
          outcome.errors.contains(
            "without fragments: the message is too long for the path MTU of \(NarrowPath.mtu) bytes"))
        #expect(outcome.ending == .exit(1))
        // With fragmentation it leaves.
        let fragmented = try await ping(["-s1400", "-c1", "-W0.1", server], on: path.client)
        #expect(!fragmented.errors.contains("without fragments"))
      }
    }
  }

  @Test("with -M do learns from the router how long a message may be")
  func reported() async throws {
    try await NarrowPath.with(isFiltered: false) { path in
      for (server, router) in zip(["10.255.1.1", "fd00:255:1::1"], ["10.255.2.254", "fd00:255:2::254"]) {
        let outcome = try await ping(["-Mdo", "-s1440", "-c2", "-i0.5", server], on: path.server)
        #expect(outcome.errors.contains("seq=1 no reply from"))
        #expect(outcome.errors.contains("message too long for the path MTU (reported by \(router))"))
        #expect(outcome.errors.contains("seq=2 cannot send to "))
        #expect(outcome.errors.contains("for the path MTU of \(NarrowPath.mtu) bytes"))
      }
    }
  }
}
