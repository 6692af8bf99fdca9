import EchoCore
import Testing

extension PackageTests {
  @Suite("Installed by apt, echod")
  struct InstallationTests {
    @Test("runs, is enabled, and serves what the configuration lists")
    func runs() async throws {
      try await Machine.withEchod { machine in
        #expect(try await machine.succeed("systemctl is-active echod") == "active")
        #expect(try await machine.succeed("systemctl is-enabled echod") == "enabled")
        #expect(try await machine.run("systemctl is-enabled echod.socket").text == "disabled\n")
        #expect(try await machine.answers(on: "udp://127.0.0.1:12000"))
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12000"))
        let stats = try await machine.stats()
        #expect(stats.totals.messages == Stats.InAndOut(received: 2, sent: 2))
        #expect(stats.listeners.map(\.name) == ["uppercase-udp", "uppercase-tcp"])
      }
    }

    @Test("says why it does not start where a port is taken, and starts at once when the port is free")
    func taken() async throws {
      try await Machine.with { machine in
        try await machine.succeed(
          "systemd-run --socket-property=ListenStream=127.0.0.1:8080 --unit=other /bin/true")
        let installation = try await machine.run("apt-get install --yes \(Machine.package)")
        #expect(installation.ending == .exit(0))
        for line in [
          "echod is installed, but echod.service did not start:",
          "  the admin socket: cannot bind tcp 127.0.0.1:8080: Address already in use",
        ] {
          #expect(installation.text.contains(line), "\(installation.text)")
        }
        #expect(!(installation.text + installation.errors).contains("systemctl:"), "\(installation.errors)")
        // More tries than any limit of starts by systemd allows by default.
        try await machine.succeed(
          "for try in $(seq 70); do systemctl restart echod || true; done 2> /dev/null")
        try await machine.succeed("systemctl stop other.socket; systemctl start echod")
        #expect(try await machine.answers(on: "tcp://127.0.0.1:12000"))
      }
    }

    @Test("has one version in the package, the programs and the statistics")
    func version() async throws {
      try await Machine.withEchod { machine in
        let versions = try await machine.succeed(
          "dpkg-query --show --showformat '${Version}\n' echod; echod --version; echoc --version")
        #expect(versions == Array(repeating: echodVersion, count: 3).joined(separator: "\n"))
        #expect(try await machine.stats().version == echodVersion)
      }
    }

    @Test("needs no Swift on the machine")
    func noSwift() async throws {
      try await Machine.withEchod { machine in
        let libraries = try await machine.succeed("ldd /usr/sbin/echod /usr/bin/echoc")
        #expect(!libraries.contains("swift") && !libraries.contains("not found"), "\(libraries)")
        #expect(try await machine.succeed("find / -xdev -name '*libswift*'") == "")
      }
    }

    @Test("comes with configurations that its own check accepts, and their schema")
    func configurations() async throws {
      try await Machine.withEchod { machine in
        #expect(try await machine.succeed("echod check") == "/etc/echod/echod.json: ok")
        let files = try await machine.succeed("ls /etc/echod/*.json /usr/share/doc/echod/examples/*.json")
          .split(separator: "\n")
        #expect(files.count >= 4)
        for file in files {
          try await machine.succeed("echod check --config \(file)")
          let schema = try await machine.succeed("sed -n 's/.*\"$schema\": \"\\(.*\\)\".*/\\1/p' \(file)")
          #expect(schema == "/usr/share/echod/echod.schema.json", "\(file)")
        }
        try await machine.succeed("test -s /usr/share/echod/echod.schema.json")
      }
    }

    @Test("comes with documents whose links all lead somewhere")
    func links() async throws {
      let script = try Repository.text(of: "scripts/check-links")
      try await Machine.withEchod { machine in
        let outcome = try await machine.run("bash -s /usr/share/doc/echod", input: script)
        #expect(outcome.ending == .exit(0) && outcome.errors.isEmpty, "\(outcome.errors)")
      }
    }

    @Test("comes with the page that its manual names for a client that gets no answer")
    func noAnswerPage() async throws {
      try await Machine.withEchod { machine in
        let page = try await machine.succeed("cat /usr/share/doc/echod/docs/how-to/no-answer.md")
        #expect(page.hasPrefix("# My client gets no answer\n"))
      }
    }

    @Test("comes with the notices that the licences of what is linked into it ask for")
    func notices() async throws {
      try await Machine.withEchod { machine in
        let texts = try await machine.succeed(
          "cat /usr/share/doc/echod/copyright /usr/share/doc/echod/NOTICE.swift-log")
        for notice in ["The SwiftLog Project", "License: Unicode-3.0", "Copyright 2004 Apple Computer"] {
          #expect(texts.contains(notice))
        }
      }
    }

    @Test("passes the tests that the package brings along")
    func autopkgtest() async throws {
      try await Machine.withEchod { machine in
        let report = try await machine.succeed(
          "cd /packages/tests; for test in $(sed -n 's/^Tests: //p' control); do ./$test; done")
        #expect(report.contains("ok: a datagram\n"))
      }
    }
  }
}
