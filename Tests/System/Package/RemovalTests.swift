import Testing

extension PackageTests {
  @Suite("Taken away, echod")
  struct RemovalTests {
    /// Every file, but for what apt and systemd write about themselves.
    private func files(_ machine: Machine) async throws -> Set<Substring> {
      let pattern =
        "^/(var/log|var/cache/apt|var/cache/debconf|var/cache/ldconfig|var/lib/dpkg|var/lib/apt)(/|$)"
      return Set(try await machine.succeed("find / -xdev | grep -Ev '\(pattern)'").split(separator: "\n"))
    }

    @Test("stops, leaves its configuration, and says which files of the administrator stay")
    func remove() async throws {
      try await Machine.withEchod { machine in
        try await machine.succeed(
          "install -D -m 644 -t /etc/systemd/system/echod.service.d /usr/share/echod/low-ports.conf")
        let said = try await machine.succeed("apt-get remove --yes echod")
        for line in [
          "echod is removed. These files are kept (apt purge removes echod.json):", "  /etc/echod/echod.json",
          "  /etc/systemd/system/echod.service.d",
        ] {
          #expect(said.contains(line), "\(said)")
        }
        #expect(try await machine.run("systemctl is-active echod").text == "inactive\n")
        #expect(try await machine.run("curl -s localhost:8080/healthz").ending == .exit(7))
        try await machine.succeed("test -s /etc/echod/echod.json")
        try await machine.succeed("test ! -e /usr/sbin/echod")
      }
    }

    @Test("says which files stay that are not its own, when it is purged")
    func purgeBesideOthers() async throws {
      try await Machine.withEchod { machine in
        try await machine.write(Machine.configuration(port: 12001), to: "/etc/echod/mine.json")
        let said = try await machine.succeed("apt-get purge --yes echod")
        for line in ["These files are not part of the package and are kept:", "  /etc/echod/mine.json"] {
          #expect(said.contains(line), "\(said)")
        }
      }
    }

    @Test("leaves nothing when it is purged")
    func purge() async throws {
      try await Machine.with { machine in
        let before = try await files(machine)
        try await machine.succeed("apt-get install --yes \(Machine.package)")
        #expect(try await files(machine).count > before.count)
        try await machine.succeed("echo '// mine' >> /etc/echod/echod.json")
        let said = try await machine.succeed("apt-get purge --yes echod")
        #expect(!said.contains("not part of the package"))
        #expect(try await files(machine).symmetricDifference(before) == [])
        #expect(try await machine.run("systemctl list-unit-files | grep echod").text == "")
        #expect(try await machine.run("ls -d /run/echod").ending != .exit(0))
      }
    }
  }
}
