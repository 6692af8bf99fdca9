import Testing

extension PackageTests {
  /// Clients stay connected, and lose no datagram, while echod restarts.
  @Suite("A restart of the service")
  struct RestartTests {
    typealias Crowd = LastingClients.Crowd

    private static let path = "/etc/echod/echod.json"
    private static let keepConfiguration = "-o Dpkg::Options::=--force-confold"

    /// Installs echod with a configuration, to which its sockets and clients belong.
    private func withEchod<Result>(
      _ configuration: String = RestartSetup.configuration(), _ body: (Machine) async throws -> Result
    ) async throws -> Result {
      try await RestartSetup.withEchod(configuration, body)
    }

    @Test("keeps every connection, datagram and figure, five times")
    func fiveTimes() async throws {
      let crowd = Crowd()
      try await withEchod { machine in
        try await machine.withClients(crowd) { clients in
          var pauses: [Double] = []
          for _ in 0..<5 {
            let figures = try await machine.keeps(crowd, of: clients, over: "systemctl restart echod")
            pauses.append(figures.pauseMilliseconds.tcp)
          }
          #expect(try await clients.end().troubles == [])
          print("measured: the longest pause of a busy client across a restart, in ms:", pauses)
        }
      }
    }

    @Test("keeps them when apt reinstalls the package and upgrades it")
    func apt() async throws {
      let crowd = Crowd()
      try await withEchod { machine in
        try await machine.withClients(crowd) { clients in
          for command in ["--reinstall \(Machine.package)", Machine.nextPackage] {
            try await machine.keeps(
              crowd, of: clients, over: "apt-get install --yes \(Self.keepConfiguration) \(command)")
          }
          #expect(try await clients.end().troubles == [])
        }
      }
    }

    @Test("keeps them after a reload that added a listener, removed one and changed one")
    func reloaded() async throws {
      let crowd = Crowd()
      let before = RestartSetup.configuration(more: [RestartSetup.tcpListener(port: 7001)])
      let after = RestartSetup.configuration(
        maxConnections: crowd.connections, more: [RestartSetup.tcpListener(port: 7002)])
      try await withEchod(before) { machine in
        try await machine.withClients(crowd) { clients in
          try await machine.write(after, to: Self.path)
          try await machine.succeed("systemctl reload echod")
          #expect(try await machine.eventually("curl -s localhost:8080/stats | grep 7002"))
          try await machine.keeps(crowd, of: clients, over: "systemctl restart echod")
          let talk = "echo hello | echoc talk tcp://127.0.0.1"
          #expect(try await machine.run("\(talk):7001").ending != .exit(0))
          #expect(try await machine.run("\(talk):7002").text == "hello\n")
          // Those that were there before count towards the limit.
          #expect(try await machine.run("\(talk):7000").text == "")
          #expect(try await clients.end().troubles == [])
        }
      }
    }

    @Test("keeps the sockets after SIGKILL: datagrams and new clients wait")
    func killed() async throws {
      let crowd = Crowd(busy: 0, paceMilliseconds: 100)
      try await withEchod { machine in
        try await machine.withClients(crowd) { clients in
          try await clients.report()
          try await machine.succeed("kill -9 \(machine.mainProcess())")
          var figures = try await clients.open(crowd.quiet)
          let restarts = try await machine.property("NRestarts")
          #expect(restarts == "1")
          // The kernel ended those that the process had.
          #expect(figures.quiet == crowd.quiet && figures.ended == crowd.quiet, "\(figures)")
          figures = try await clients.rest()
          // One of each flow may have been in the process.
          #expect(figures.datagrams.lost <= crowd.flows)
          figures.datagrams.lost = 0
          #expect(figures.faults == [], "\(figures.examples)")
          // They did wait: systemd waits for two seconds.
          #expect(figures.pauseMilliseconds.udp > 1500)
          let (restored, stored) = (try await machine.stats().restored, try await machine.storedDescriptors())
          #expect(restored?.connections == 0 && restored?.sockets == stored)
        }
      }
    }

    @Test("keeps 10,000 idle connections, in less than a second")
    func tenThousand() async throws {
      let crowd = Crowd(quiet: 10_000, busy: 2, flows: 0)
      try await withEchod(RestartSetup.configuration(maxConnections: 11_000)) { machine in
        try await machine.withClients(crowd) { clients in
          let figures = try await machine.keeps(crowd, of: clients, over: "systemctl restart echod")
          #expect(figures.pauseMilliseconds.tcp < 1000)
          print(
            "measured: the pause of a restart with 10,000 connections: \(figures.pauseMilliseconds.tcp) ms")
        }
      }
    }

    @Test("leaves no descriptor behind, in PID 1 or in echod, after a hundred of them")
    func hundredTimes() async throws {
      let crowd = Crowd(quiet: 20, busy: 0, flows: 1, paceMilliseconds: 20)
      try await withEchod { machine in
        try await machine.withClients(crowd) { clients in
          try await machine.keeps(crowd, of: clients, over: "systemctl restart echod")
          let count = "ls /proc/1/fd | wc -l; ls /proc/$(systemctl show -p MainPID --value echod)/fd | wc -l"
          let (first, stored) = (try await machine.succeed(count), try await machine.storedDescriptors())
          try await machine.keeps(
            crowd, of: clients, over: "for restart in $(seq 100); do systemctl restart echod; done")
          // PID 1 may still have a client of its own.
          #expect(try await machine.eventually("test \"$(\(count))\" = '\(first)'"))
          #expect(try await machine.succeed(count) == first)
          #expect(try await machine.storedDescriptors() == stored)
          #expect(try await clients.end().troubles == [])
        }
      }
    }
  }
}
