import Testing

extension PackageTests {
  @Suite("Upgraded, echod")
  struct UpgradeTests {
    private static let path = "/etc/echod/echod.json"
    /// What the next version's configuration has and this one's has not.
    private static let isNew = "grep --quiet 'the next version' \(path)"

    @Test("runs the new program, with the new configuration where nobody changed the old one")
    func untouched() async throws {
      try await Machine.withEchod { machine in
        let process = try await machine.mainProcess()
        try await machine.succeed("apt-get install --yes \(Machine.nextPackage)")
        #expect(try await machine.succeed("systemctl is-active echod") == "active")
        #expect(try await machine.mainProcess() != process)
        try await machine.succeed(Self.isNew)
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12000"))
      }
    }

    @Test("says what systemd has against the unit, where an override is wrong")
    func wrongOverride() async throws {
      try await Machine.withEchod { machine in
        try await machine.write(
          "[Service]\nExecStart=/bin/true\n", to: "/etc/systemd/system/echod.service.d/wrong.conf")
        let said = try await machine.succeed("apt-get install --yes \(Machine.nextPackage)")
        #expect(said.contains("echod is installed, but echod.service did not start:"), "\(said)")
        #expect(said.contains("bad unit file setting"), "\(said)")
      }
    }

    @Test("keeps a changed configuration where apt is told to keep it, and puts the new one beside it")
    func kept() async throws {
      try await Machine.withEchod { machine in
        try await machine.write(Machine.configuration(port: 12001), to: Self.path)
        try await machine.succeed(
          "apt-get install --yes -o Dpkg::Options::=--force-confold \(Machine.nextPackage)")
        #expect(try await machine.run(Self.isNew).ending == .exit(1))
        try await machine.succeed("test -s \(Self.path).dpkg-dist")
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12001"))
      }
    }

    @Test("asks what becomes of a changed configuration, and does what is answered", arguments: ["N", "Y"])
    func asked(answer: String) async throws {
      try await Machine.withEchod { machine in
        try await machine.write(Machine.configuration(port: 12001), to: Self.path)
        let outcome = try await machine.run(
          "apt-get install --yes \(Machine.nextPackage)", input: "\(answer)\n")
        #expect(outcome.ending == .exit(0), "\(outcome.errors)")
        #expect(outcome.text.contains("Configuration file '\(Self.path)'"))
        #expect(try await machine.run(Self.isNew).ending == .exit(answer == "Y" ? 0 : 1))
        #expect(try await machine.answers(on: "tcp://127.0.0.1:\(answer == "Y" ? 12000 : 12001)"))
      }
    }
  }
}
