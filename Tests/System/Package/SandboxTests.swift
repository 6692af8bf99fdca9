import TestSupport
import Testing

extension PackageTests {
  @Suite("The service's sandbox")
  struct SandboxTests {
    /// A field of the main process's /proc/PID/status. See proc(5).
    private func status(_ field: String, _ machine: Machine) async throws -> String {
      try await machine.succeed("sed -n 's/^\(field):[[:space:]]*//p' /proc/\(machine.mainProcess())/status")
    }

    private func capabilities(_ machine: Machine) async throws -> [String] {
      var sets: [String] = []
      for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        sets.append(String(try await status(set, machine).drop { $0 == "0" }))
      }
      return sets
    }

    @Test("exposes 1.0 of 10 or less, as systemd-analyze sees it")
    func exposure() async throws {
      try await Machine.withEchod { machine in
        let analysis = try await machine.succeed("systemd-analyze security --no-pager echod.service")
        let level = analysis.split(separator: "\n").last?.split(separator: " ").compactMap { Double($0) }
          .first
        #expect(try #require(level, "\(analysis)") <= 1.0)
      }
    }

    @Test("has a user of its own, who may do nothing else")
    func unprivileged() async throws {
      try await Machine.withEchod { machine in
        let user = try await status("Uid", machine).split(separator: "\t").map { Int($0) ?? 0 }
        #expect(Set(user).count == 1 && user[0] >= 61184, "\(user)")
        #expect(try await capabilities(machine) == ["", "", "", "", ""])
        #expect(try await status("NoNewPrivs", machine) == "1")
        #expect(try await status("Seccomp", machine) == "2")
      }
    }

    @Test(
      "shows its program, its configuration, systemd's sockets and what a name lookup needs, and no other file"
    )
    func root() async throws {
      try await Machine.withEchod { machine in
        let root = "/proc/\(try await machine.mainProcess())/root"
        let etc = try await machine.succeed("ls \(root)/etc").split(separator: "\n")
        #expect(
          etc.contains("echod") && Set(etc).isSubset(of: ["echod", "hosts", "nsswitch.conf", "resolv.conf"]))
        #expect(
          try await machine.succeed("ls \(root)/root \(root)/tmp \(root)/var/tmp | grep -v : | xargs") == "")
        // systemd shows a service with a root directory the system's name too, from 255 on, and the journal's other
        // sockets, from 257 on.
        let shown = try await machine.succeed("cd \(root)/run; find . ! -type d | sort")
          .split(separator: "\n")
        let systemds: Set<Substring> = ["./systemd/journal/dev-log", "./systemd/journal/stdout"]
        #expect(
          shown.filter { !systemds.contains($0) && !$0.hasPrefix("./host/") }
            == ["./echod/configuration", "./systemd/journal/socket", "./systemd/notify"])
        for directory in ["etc/echod", "usr"] {
          let outcome = try await machine.run("touch \(root)/\(directory)/x")
          #expect(outcome.errors.contains("Read-only file system"), "\(outcome.errors)")
        }
      }
    }

    @Test("lets echod know the machine's full name, which the admin socket answers to")
    func fullName() async throws {
      try await Machine.withEchod { machine in
        try await machine.succeed(#"echo "127.0.1.1 $(hostname).example.org $(hostname)" >> /etc/hosts"#)
        try await machine.succeed("systemctl restart echod")
        let request = #"curl -sf -H "Host: $(hostname).example.org" localhost:8080/healthz"#
        #expect(try await eventually { try await machine.run(request).ending == .exit(0) })
      }
    }

    @Test("refuses a port below 1024, and says what lets echod have one")
    func lowPortRefused() async throws {
      try await Machine.withEchod { machine in
        try await machine.write(Machine.configuration(port: 7), to: "/etc/echod/echod.json")
        #expect(try await machine.run("systemctl restart echod").ending == .exit(1))
        let status = try await machine.status()
        #expect(status.contains("cannot bind udp 127.0.0.1:7: Permission denied"))
        #expect(status.contains("LOW PORTS in echod(8)"))
      }
    }

    @Test("lets echod have ports below 1024 by one capability, and not as root")
    func lowPort() async throws {
      try await Machine.withEchod { machine in
        try await machine.write(Machine.configuration(port: 7), to: "/etc/echod/echod.json")
        try await machine.succeed(
          """
          install -D -m 644 -t /etc/systemd/system/echod.service.d /usr/share/echod/low-ports.conf
          systemctl daemon-reload
          systemctl restart echod
          """)
        #expect(try await machine.answers(on: "udp://127.0.0.1:7"))
        #expect(try await machine.answers(on: "tcp://127.0.0.1:7"))
        #expect(try await capabilities(machine) == ["400", "400", "400", "400", "400"])
        let user = try await status("Uid", machine).split(separator: "\t").first.flatMap { Int($0) }
        #expect(try #require(user) > 0)
      }
    }

    @Test("lets a reflector bind port 862, and read the clock but not set it")
    func reflector() async throws {
      try await Machine.withEchod { machine in
        try await machine.succeed(
          """
          cp /usr/share/doc/echod/examples/stamp.json /etc/echod/echod.json
          install -D -m 644 -t /etc/systemd/system/echod.service.d /usr/share/echod/stamp.conf
          systemctl daemon-reload
          systemctl restart echod
          """)
        let stats = try await machine.succeed("curl -sS localhost:8080/stats")
        #expect(stats.contains("\"port\": 862,") && stats.contains("\"sessions\""))
        #expect(try await capabilities(machine) == ["400", "400", "400", "400", "400"])
        let unit = try await machine.succeed("systemctl show echod -p ProtectClock -p SystemCallFilter")
        #expect(unit.contains("ProtectClock=no"))
        let calls = unit.split(whereSeparator: \.isWhitespace)
        #expect(calls.contains("adjtimex") && calls.contains("clock_adjtime"))
        #expect(!calls.contains("clock_settime") && !calls.contains("settimeofday"))
      }
    }

    @Test("has a place for an admin socket in the file system")
    func unixAdmin() async throws {
      try await Machine.withEchod { machine in
        let path = "/run/echod/admin.sock"
        try await machine.write(
          Machine.configuration(port: 12000, admin: "{ \"unix\": \"\(path)\" }"), to: "/etc/echod/echod.json")
        try await machine.succeed("systemctl restart echod")
        #expect(try await machine.succeed("curl -sS --unix-socket \(path) localhost/healthz") == "ok")
        try await machine.succeed("systemctl stop echod")
        #expect(try await machine.run("ls \(path)").ending != .exit(0))
      }
    }
  }
}
