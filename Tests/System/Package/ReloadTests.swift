import Testing

extension PackageTests {
  @Suite("A reload of the service")
  struct ReloadTests {
    private static let path = "/etc/echod/echod.json"

    @Test("puts a changed configuration in force, in the same process")
    func good() async throws {
      try await Machine.withEchod { machine in
        let process = try await machine.mainProcess()
        try await machine.write(Machine.configuration(port: 12001), to: Self.path)
        try await machine.succeed("systemctl reload echod")
        #expect(try await machine.eventually("curl -s localhost:8080/stats | grep 12001"))
        #expect(try await machine.answers(on: "udp://127.0.0.1:12001"))
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12001"))
        #expect(try await machine.mainProcess() == process)
      }
    }

    @Test("fails with a broken configuration and says why, and the old one goes on")
    func broken() async throws {
      try await Machine.withEchod { machine in
        let process = try await machine.mainProcess()
        try await machine.write(
          "{ \"listeners\": [\n  { \"transport\": \"udp\" \"port\": 7 }\n] }", to: Self.path)
        #expect(try await machine.run("systemctl reload echod").ending == .exit(1))
        let status = try await machine.succeed("systemctl status echod")
        #expect(status.contains("\(Self.path):2:24: "))
        #expect(status.contains("Active: active (running)"))
        #expect(try await machine.succeed("journalctl --unit echod -p err").contains("\(Self.path):2:24: "))
        #expect(try await machine.mainProcess() == process)
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12000"))
      }
    }

    @Test("says in the status that an address is taken, and the old configuration goes on")
    func taken() async throws {
      try await Machine.withEchod { machine in
        try await machine.succeed(
          "systemd-run --socket-property=ListenStream=127.0.0.1:12001 --unit=other /bin/true")
        try await machine.write(Machine.configuration(port: 12001), to: Self.path)
        try await machine.succeed("systemctl reload echod")
        #expect(try await machine.eventually("systemctl status echod | grep 'Status: \"The reload failed'"))
        #expect(
          try await machine.succeed("systemctl status echod")
            .contains("uppercase-tcp: cannot bind tcp 127.0.0.1:12001: Address already in use"))
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12000"))
      }
    }
  }
}
