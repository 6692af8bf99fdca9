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

    @Test("fails with a broken configuration and says why, and the old one stays in force")
    func broken() async throws {
      try await Machine.withEchod { machine in
        let process = try await machine.mainProcess()
        try await machine.write(
          "{ \"listeners\": [\n  { \"transport\": \"udp\" \"port\": 7 }\n] }", to: Self.path)
        #expect(try await machine.run("systemctl reload echod").ending == .exit(1))
        let status = try await machine.status()
        #expect(status.contains("\(Self.path):2:24: "))
        #expect(status.contains("Active: active (running)"))
        #expect(try await machine.journal("--unit echod -p err").contains("\(Self.path):2:24: "))
        #expect(try await machine.mainProcess() == process)
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12000"))
      }
    }

    @Test("checks the file that the service reads, also when an override names another")
    func override() async throws {
      try await Machine.withEchod { machine in
        let other = "/etc/echod/other.json"
        try await machine.write(Machine.configuration(port: 12001), to: other)
        try await machine.write(
          "[Service]\nExecStart=\nExecStart=/usr/sbin/echod run --config \(other)\n",
          to: "/etc/systemd/system/echod.service.d/other.conf")
        try await machine.succeed("systemctl daemon-reload; systemctl restart echod")
        try await machine.write("what nobody reads", to: Self.path)
        try await machine.write(Machine.configuration(port: 12002), to: other)
        try await machine.succeed("systemctl reload echod")
        #expect(try await machine.eventually("curl -s localhost:8080/stats | grep 12002"))
        try await machine.write(Machine.configuration(port: 70000), to: other)
        #expect(try await machine.run("systemctl reload echod").ending == .exit(1))
        #expect(
          try await machine.status().contains("\(other): listeners[0].port: 70000 is not a port"))
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12002"))
      }
    }

    @Test("says in the status that an address is taken, and the old configuration stays in force")
    func taken() async throws {
      try await Machine.withEchod { machine in
        try await machine.succeed(
          "systemd-run --socket-property=ListenStream=127.0.0.1:12001 --unit=other /bin/true")
        try await machine.write(Machine.configuration(port: 12001), to: Self.path)
        try await machine.succeed("systemctl reload echod")
        #expect(try await machine.eventually("systemctl status echod | grep 'Status: \"The reload failed'"))
        #expect(
          try await machine.status()
            .contains("uppercase-tcp: cannot bind tcp 127.0.0.1:12001: Address already in use"))
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12000"))
      }
    }
  }
}
