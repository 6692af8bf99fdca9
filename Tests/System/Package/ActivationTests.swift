import Testing

extension PackageTests {
  @Suite("echod.socket")
  struct ActivationTests {
    private static let activeSince =
      "systemctl show --property ActiveEnterTimestampMonotonic --value echod.socket"

    private func activate(_ machine: Machine) async throws {
      try await machine.succeed("systemctl disable --now echod.service; systemctl enable --now echod.socket")
      #expect(try await machine.run("systemctl is-active echod.service").text == "inactive\n")
    }

    @Test(
      "starts echod by the first client, on any of its sockets",
      arguments: [
        "echo hello | echoc talk udp://127.0.0.1:12000", "echo hello | echoc talk tcp://127.0.0.1:12000",
        "curl -sS localhost:8080/healthz",
      ])
    func firstClient(command: String) async throws {
      try await Machine.withEchod { machine in
        try await activate(machine)
        let outcome = try await machine.run(command)
        #expect(outcome.text == "HELLO\n" || outcome.text == "ok\n", "\(outcome.errors)")
        #expect(try await machine.succeed("systemctl is-active echod.service") == "active")
        #expect(try await machine.answers(on: "udp://127.0.0.1:12000"))
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12000"))
        #expect(try await machine.stats().listeners.map(\.port) == [12000, 12000])
      }
    }

    @Test("keeps its sockets over a restart and a stop, and starts echod again")
    func again() async throws {
      try await Machine.withEchod { machine in
        try await activate(machine)
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12000"))
        try await machine.succeed("systemctl restart echod.service")
        #expect(try await machine.answers(on: "udp://127.0.0.1:12000"))
        try await machine.succeed("systemctl stop echod.service")
        #expect(try await machine.succeed("systemctl is-active echod.socket") == "active")
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12000"))
      }
    }

    @Test("is left alone by an upgrade, which restarts echod")
    func upgrade() async throws {
      try await Machine.withEchod { machine in
        try await activate(machine)
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12000"))
        let since = try await machine.succeed(Self.activeSince)
        let process = try await machine.mainProcess()
        try await machine.succeed("apt-get install --yes \(Machine.nextPackage)")
        #expect(try await machine.succeed(Self.activeSince) == since)
        #expect(try await machine.mainProcess() != process)
        #expect(try await machine.answers(on: "udp://127.0.0.1:12000"))
        #expect(try await machine.run("systemctl is-enabled echod.service").text == "disabled\n")
      }
    }

    @Test("goes when the package goes")
    func removal() async throws {
      try await Machine.withEchod { machine in
        try await activate(machine)
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12000"))
        try await machine.succeed("apt-get remove --yes echod")
        #expect(
          try await machine.run("systemctl is-active echod.socket echod.service").text
            == "inactive\ninactive\n")
        #expect(try await machine.run("curl -s localhost:8080/healthz").ending == .exit(7))
      }
    }

    @Test("binds a port below 1024 for echod, which has no capability")
    func lowPort() async throws {
      try await Machine.withEchod { machine in
        try await machine.write(Machine.configuration(port: 7), to: "/etc/echod/echod.json")
        try await machine.write(
          """
          [Socket]
          ListenDatagram=
          ListenStream=
          ListenDatagram=127.0.0.1:7
          ListenStream=127.0.0.1:7
          """, to: "/etc/systemd/system/echod.socket.d/ports.conf")
        try await machine.succeed("systemctl daemon-reload")
        try await activate(machine)
        #expect(try await machine.answers(on: "udp://127.0.0.1:7"))
        #expect(try await machine.answers(on: "tcp://127.0.0.1:7"))
      }
    }
  }
}
