import Testing

extension PackageTests {
  /// What happens to clients when not all of them can stay.
  @Suite("A stop of the service, or a restart that cannot keep everything")
  struct RestartTroubleTests {
    typealias Crowd = LastingClients.Crowd

    private static let path = "/etc/echod/echod.json"

    private func withEchod<Result>(
      _ configuration: String = RestartSetup.configuration(), _ body: (Machine) async throws -> Result
    ) async throws -> Result {
      try await RestartSetup.withEchod(configuration, body)
    }

    @Test("ends every connection without a reset when it is a stop, and counts from 0 afterwards")
    func stopped() async throws {
      let crowd = Crowd(flows: 0)
      try await withEchod { machine in
        try await machine.withClients(crowd) { clients in
          try await machine.succeed("systemctl stop echod")
          let figures = try await clients.rest()
          #expect(figures.faults == [], "\(figures.examples)")
          #expect(figures.ended == crowd.connections)
          #expect(try await machine.storedDescriptors() == 0)
          try await machine.succeed("systemctl start echod")
          let stats = try await machine.stats()
          #expect(stats.totals.bytes == Stats.InAndOut(received: 0, sent: 0))
          #expect(stats.totals.clients == Stats.Clients(current: 0, total: 0))
          #expect(stats.restored == Stats.Restored(connections: 0, sockets: 0, lost: 0))
          #expect(try await clients.open(20).quiet == 20)
        }
      }
    }

    @Test(
      "keeps connections while the configuration is invalid, until systemd or a user starts echod again",
      arguments: ["systemctl is-active echod", "systemctl start echod"])
    func wrongConfiguration(after: String) async throws {
      let crowd = Crowd(paceMilliseconds: 100)
      try await withEchod { machine in
        try await machine.withClients(crowd) { clients in
          try await machine.write(RestartSetup.configuration(service: "nonsense"), to: Self.path)
          #expect(try await machine.run("systemctl restart echod").ending == .exit(1))
          let status = try await machine.status()
          #expect(status.contains("activating") && status.contains("status=75"), "\(status)")
          #expect(status.contains("listeners[1].service"), "\(status)")
          try await machine.write(RestartSetup.configuration(), to: Self.path)
          try #require(try await machine.eventually(after))
          try await clients.check()
          let figures = try await clients.rest()
          #expect(figures.troubles == [])
          let restored = try await machine.stats().restored
          #expect(restored?.connections == crowd.connections)
        }
      }
    }

    @Test("ends only the connections of a listener that is gone or has another service")
    func goneListener() async throws {
      let crowd = Crowd(quiet: 20, busy: 2)
      let other = Crowd(port: 7001, quiet: 10, busy: 2, flows: 0)
      try await withEchod(RestartSetup.configuration(more: [RestartSetup.tcpListener(port: 7001)])) {
        machine in
        try await machine.withClients(crowd) { clients in
          for more in [[RestartSetup.tcpListener(port: 7001, service: "uppercase")], []] {
            // The first time the other service; then none.
            try await machine.write(
              RestartSetup.configuration(more: [RestartSetup.tcpListener(port: 7001)]), to: Self.path)
            try await machine.succeed("systemctl restart echod")
            try await machine.withClients(other) { others in
              try await machine.write(RestartSetup.configuration(more: more), to: Self.path)
              try await machine.keeps(crowd, of: clients, over: "systemctl restart echod")
              let figures = try await others.rest()
              #expect(figures.faults == [], "\(figures.examples)")
              #expect(figures.ended == other.connections)
            }
          }
          #expect(try await clients.end().troubles == [])
        }
      }
    }

    @Test("keeps what fits a store that is too small, and says how much was lost")
    func smallStore() async throws {
      let crowd = Crowd(paceMilliseconds: 20)
      try await withEchod { machine in
        // Room for the three sockets and the state, and none for the connections.
        try await machine.write(
          "[Service]\nFileDescriptorStoreMax=4\n", to: "/etc/systemd/system/echod.service.d/small.conf")
        try await machine.succeed("systemctl daemon-reload; systemctl stop echod; systemctl start echod")
        try await machine.withClients(crowd) { clients in
          try await machine.succeed("systemctl restart echod")
          let figures = try await clients.rest()
          // The kernel resets those with an unread line.
          #expect(figures.ended + figures.reset == crowd.connections, "\(figures)")
          #expect(figures.ended >= crowd.quiet)
          #expect(figures.datagrams.lost == 0 && figures.refused == 0 && figures.wrong == 0, "\(figures)")
          let stats = try await machine.stats()
          #expect(
            stats.restored == Stats.Restored(connections: 0, sockets: 3, lost: crowd.connections))
          #expect(stats[listener: "tcp-7000"]?.clients == Stats.Clients(current: 0, total: crowd.connections))
          let errors = try await machine.journal("--unit echod --priority err --output cat")
          #expect(errors.contains("lost \(crowd.connections) connections in the restart"))
          let served = try await clients.open(20)
          #expect(served.quiet == 20 && served.silent == 0, "\(served)")
        }
      }
    }

    @Test(
      "keeps connections across a stop and a soft reboot if the administrator asked for it",
      .enabled(if: Machine.release.map { $0 >= 13 } ?? false, "needs systemd 254"))
    func preserved() async throws {
      let crowd = Crowd(paceMilliseconds: 100)
      try await withEchod { machine in
        try await machine.succeed(
          """
          install -D -m 644 -t /etc/systemd/system/echod.service.d /usr/share/echod/soft-reboot.conf
          systemctl daemon-reload
          """)
        try await machine.withClients(crowd) { clients in
          try await machine.keeps(crowd, of: clients, over: "systemctl stop echod; systemctl start echod")
          try await machine.keeps(crowd, of: clients) { try await machine.softReboot() }
          #expect(try await clients.end().troubles == [])
        }
      }
    }
  }
}
