import Testing

extension PackageTests {
  @Suite("The service echod")
  struct ServiceTests {
    @Test("has started when its sockets answer, and not before")
    func start() async throws {
      try await Machine.withEchod { machine in
        // The program begins when something is written to the gate.
        try await machine.write(
          """
          [Service]
          ExecStart=
          ExecStart=/usr/bin/sh -c 'read gate < /etc/echod/gate; exec /usr/sbin/echod run'
          """, to: "/run/systemd/system/echod.service.d/gate.conf")
        try await machine.succeed("systemctl stop echod; mkfifo /etc/echod/gate; systemctl daemon-reload")
        try await machine.during("systemctl start echod && curl -sS localhost:8080/healthz") { start in
          #expect(try await machine.eventually("test \"$(systemctl is-active echod)\" = activating"))
          #expect(try await machine.run("curl -s localhost:8080/healthz").ending == .exit(7))
          #expect(try await machine.succeed("systemctl list-jobs").contains("echod.service start running"))
          try await machine.succeed("echo > /etc/echod/gate")
          let outcome = try await start.outcome()
          #expect(outcome.ending == .exit(0), "\(outcome.errors)")
          #expect(outcome.text == "ok\n")
        }
        #expect(try await machine.answers(on: "udp://127.0.0.1:12000"))
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12000"))
      }
    }

    @Test("restarts and stops when it is told to")
    func restart() async throws {
      try await Machine.withEchod { machine in
        let process = try await machine.mainProcess()
        try await machine.succeed("systemctl restart echod")
        #expect(try await machine.mainProcess() != process)
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12000"))
        try await machine.succeed("systemctl stop echod")
        #expect(try await machine.succeed("systemctl show --property Result --value echod") == "success")
        #expect(try await machine.run("curl -s localhost:8080/healthz").ending == .exit(7))
      }
    }

    @Test("is there after a boot")
    func boot() async throws {
      try await Machine.withEchod { machine in
        try await machine.succeed("systemctl stop echod; systemctl isolate --no-block rescue.target")
        #expect(try await machine.eventually("systemctl is-active rescue.target"))
        try await machine.succeed("systemctl isolate default.target")
        #expect(try await machine.eventually("systemctl is-active echod"))
      }
    }

    @Test("comes back when it was killed")
    func killed() async throws {
      try await Machine.withEchod { machine in
        let process = try await machine.mainProcess()
        try await machine.succeed("kill -9 \(process)")
        #expect(try await machine.eventually("curl -s localhost:8080/healthz"))
        #expect(try await machine.mainProcess() != process)
        #expect(try await machine.succeed("systemctl show --property NRestarts --value echod") == "1")
      }
    }

    @Test("comes back when it hangs, by systemd's watchdog")
    func hanging() async throws {
      try await Machine.withEchod { machine in
        let process = try await machine.mainProcess()
        try await machine.succeed("kill -STOP \(process)")
        #expect(try await machine.eventually("journalctl --unit echod | grep 'Watchdog timeout'"))
        #expect(try await machine.eventually("curl -s --max-time 1 localhost:8080/healthz"))
        #expect(try await machine.mainProcess() != process)
      }
    }

    @Test("does not try again after a start with an invalid configuration, and says what is wrong")
    func wrongConfiguration() async throws {
      try await Machine.withEchod { machine in
        try await machine.write(Machine.configuration(port: 70000), to: "/etc/echod/echod.json")
        #expect(try await machine.run("systemctl stop echod; systemctl start echod").ending == .exit(1))
        #expect(try await machine.run("systemctl is-active echod").text == "failed\n")
        #expect(try await machine.succeed("systemctl show --property ExecMainStatus --value echod") == "78")
        #expect(try await machine.succeed("systemctl show --property NRestarts --value echod") == "0")
        let status = try await machine.status()
        #expect(status.contains("/etc/echod/echod.json: listeners[0].port: 70000 is not a port (0 to 65535)"))
      }
    }

    @Test(
      "says that the configuration is missing, and its folder too, and does not try again",
      arguments: ["/etc/echod/echod.json", "/etc/echod"])
    func missingConfiguration(path: String) async throws {
      try await Machine.withEchod { machine in
        try await machine.succeed("rm -r \(path)")
        #expect(try await machine.run("systemctl stop echod; systemctl start echod").ending == .exit(1))
        #expect(try await machine.succeed("systemctl show --property ExecMainStatus --value echod") == "66")
        #expect(try await machine.succeed("systemctl show --property NRestarts --value echod") == "0")
        #expect(
          try await machine.status().contains("/etc/echod/echod.json: No such file or directory"))
      }
    }

    @Test("waits for an address that is taken")
    func taken() async throws {
      try await Machine.withEchod { machine in
        try await machine.succeed("systemctl stop echod")
        try await machine.succeed("systemd-run --unit other echod run")
        #expect(try await machine.eventually("curl -s localhost:8080/healthz"))
        #expect(try await machine.run("systemctl start echod").ending == .exit(1))
        #expect(
          try await machine.succeed("systemctl show --property StatusText --value echod")
            .contains("cannot bind udp 127.0.0.1:12000: Address already in use"))
        try await machine.succeed("systemctl stop other")
        #expect(try await machine.eventually("systemctl is-active echod"))
      }
    }
  }
}
