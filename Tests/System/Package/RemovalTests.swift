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
        #expect(
          said.contains(
            "These files of echod are kept:\n  /etc/echod/echod.json\n  /etc/systemd/system/echod.service.d\n"
          ))
        #expect(try await machine.run("systemctl is-active echod").text == "inactive\n")
        #expect(try await machine.run("curl -s localhost:8080/healthz").ending == .exit(7))
        try await machine.succeed("test -s /etc/echod/echod.json")
        try await machine.succeed("test ! -e /usr/sbin/echod")
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
        #expect(!said.contains("are kept"))
        #expect(try await files(machine).symmetricDifference(before) == [])
        #expect(try await machine.run("systemctl list-unit-files | grep echod").text == "")
        #expect(try await machine.run("ls -d /run/echod").ending != .exit(0))
      }
    }
  }
}
