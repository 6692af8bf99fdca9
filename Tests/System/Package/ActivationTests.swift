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
        ("echo hello | echoc talk udp://127.0.0.1:12000", "HELLO\n"),
        ("echo hello | echoc talk tcp://127.0.0.1:12000", "HELLO\n"),
        ("curl -sS --fail --retry 9 localhost:8080/healthz", "ok\n"),
      ])
    func firstClient(command: String, answer: String) async throws {
      try await Machine.withEchod { machine in
        try await activate(machine)
        let outcome = try await machine.run(command)
        #expect(outcome.text == answer, "\(outcome.errors)")
        #expect(try await machine.succeed("systemctl is-active echod.service") == "active")
        #expect(try await machine.answers(on: "udp://127.0.0.1:12000"))
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12000"))
        #expect(try await machine.stats().listeners.map(\.port) == [12000, 12000])
      }
    }

    @Test("keeps its sockets when echod is restarted or stopped, and starts it again")
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

    @Test("is closed after some starts with a wrong configuration, and serves again when that is mended")
    func wrongConfiguration() async throws {
      try await Machine.withEchod { machine in
        try await activate(machine)
        try await machine.succeed("cp /etc/echod/echod.json /root; echo wrong > /etc/echod/echod.json")
        try await machine.succeed("bash -c 'echo hello > /dev/udp/127.0.0.1/12000'")
        #expect(
          try await machine.eventually(
            "test $(systemctl show --property Result --value echod.socket) = trigger-limit-hit"))
        let lines = try await machine.journal("--unit echod").split(separator: "\n")
        let starts = lines.count { $0.contains("Starting echod") }
        #expect((1...21).contains(starts), "\(starts)")
        try await machine.succeed(
          "cp /root/echod.json /etc/echod; systemctl start echod.socket echod.service")
        #expect(try await machine.answers(on: "udp://127.0.0.1:12000"))
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

    /// What `systemctl edit echod.socket` writes.
    private func edit(_ addresses: [String], on machine: Machine) async throws {
      try await machine.write(
        (["[Socket]", "ListenStream="] + addresses).joined(separator: "\n") + "\n",
        to: "/etc/systemd/system/echod.socket.d/override.conf")
      try await machine.succeed("systemctl daemon-reload")
    }

    private func isActive(_ unit: String, on machine: Machine) async throws -> Bool {
      try await machine.run("systemctl is-active --quiet \(unit)").ending == .exit(0)
    }

    @Test("takes over from the service and hands back, by the commands in the manual")
    func thereAndBack() async throws {
      try await Machine.withEchod { machine in
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12000"))
        // There, on another port.
        try await machine.write(Machine.configuration(port: 7000), to: "/etc/echod/echod.json")
        let check = "systemctl show echod.socket | echod check --activation"
        let misfit = try await machine.run(check)
        #expect(misfit.ending == .exit(78))
        #expect(misfit.errors.contains("\"echod.socket\" (tcp 127.0.0.1:12000) would not be served: "))
        try await edit(
          ["ListenDatagram=127.0.0.1:7000", "ListenStream=127.0.0.1:7000", "ListenStream=127.0.0.1:8080"],
          on: machine)
        let fit = try await machine.succeed(check)
        #expect(fit.contains("\"echod.socket\" (udp 127.0.0.1:7000): listener uppercase-udp\n"))
        #expect(fit.hasSuffix("\"echod.socket\" (tcp 127.0.0.1:8080): the admin socket"))
        try await machine.succeed("systemctl disable --now echod.service")
        try await machine.succeed("systemctl enable --now echod.socket")
        #expect(try await !isActive("echod.service", on: machine))
        for transport in ["udp", "tcp"] {
          #expect(try await machine.answers(on: "\(transport)://127.0.0.1:7000"))
        }
        // Another address.
        try await machine.write(Machine.configuration(port: 7001), to: "/etc/echod/echod.json")
        try await edit(
          ["ListenDatagram=127.0.0.1:7001", "ListenStream=127.0.0.1:7001", "ListenStream=127.0.0.1:8080"],
          on: machine)
        try await machine.succeed(check)
        try await machine.succeed("systemctl stop echod.service\nsystemctl restart echod.socket")
        #expect(try await machine.answers(on: "udp://127.0.0.1:7001"))
        // Back, and still there after a restart, with sockets of its own.
        try await machine.succeed("systemctl disable --now echod.socket")
        try await machine.succeed("systemctl enable --now echod.service")
        #expect(try await machine.answers(on: "tcp://127.0.0.1:7001"))
        try await machine.succeed("systemctl restart echod.service")
        for transport in ["udp", "tcp"] {
          #expect(try await machine.answers(on: "\(transport)://127.0.0.1:7001"))
        }
        #expect(try await !isActive("echod.socket", on: machine))
        #expect(try await machine.succeed("systemctl is-enabled echod.service") == "enabled")
      }
    }

    @Test(
      "with an address that the configuration no longer has: its clients are disconnected, and echod stays stopped"
    )
    func misfit() async throws {
      try await Machine.withEchod { machine in
        try await edit(
          [
            "ListenStream=127.0.0.1:12000", "ListenStream=127.0.0.1:8080", "ListenStream=127.0.0.1:9",
            "ListenDatagram=127.0.0.1:9",
          ], on: machine)
        try await activate(machine)
        // The first client is one that nobody serves.
        for _ in 0..<2 {
          // An empty reply or a reset: neither refused nor silent.
          let outcome = try await machine.run("curl -sS --max-time 20 http://127.0.0.1:9/")
          #expect([.exit(52), .exit(56)].contains(outcome.ending), "\(outcome.errors)")
        }
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12000"))
        #expect(try await isActive("echod.service", on: machine))
        let status = try await machine.succeed("systemctl show --property StatusText --value echod.service")
        #expect(status.contains("The passed sockets \"echod.socket\" ("))
        #expect(status.contains("(udp 127.0.0.1:9)") && status.contains("(tcp 127.0.0.1:9)"))
        #expect(
          try await machine.journal("--unit echod --priority warning")
            .contains("the passed socket \"echod.socket\" (tcp 127.0.0.1:9) is not served"))
        // What nobody takes would make systemd start echod again, as soon as it has stopped.
        _ = try await machine.run("echo hello | timeout 1 echoc talk udp://127.0.0.1:9")
        try await machine.succeed("systemctl stop echod.service")
        for table in ["tcp", "udp"] {
          let waiting = try await machine.succeed("awk '$2 ~ /:0009$/ { print $5 }' /proc/net/\(table)")
          #expect(waiting == "00000000:00000000", "\(table)")
        }
        #expect(try await !isActive("echod.service", on: machine))
        #expect(try await isActive("echod.socket", on: machine))
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
