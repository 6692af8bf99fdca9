import Testing

extension PackageTests {
  @Suite("The journal")
  struct JournalTests {
    @Test("finds what echod says of a listener by its name")
    func listener() async throws {
      try await Machine.withEchod { machine in
        let found = try await machine.journal("--unit echod --output cat LISTENER=uppercase-udp")
        #expect(found.contains("127.0.0.1:12000"))
        #expect(!found.contains("tcp"))
        #expect(try await machine.run("journalctl --quiet --unit echod LISTENER=nobody").text == "")
      }
    }

    @Test("knows the priority of what echod says")
    func priority() async throws {
      try await Machine.withEchod { machine in
        #expect(
          try await machine.journal("--unit echod --output cat -p info").contains("is ready"))
        #expect(
          !(try await machine.journal("--unit echod --output cat -p notice").contains("is ready")))
        try await machine.write("{}", to: "/etc/echod/echod.json")
        #expect(try await machine.run("systemctl restart echod").ending == .exit(1))
        #expect(
          try await machine.journal("--unit echod --output cat -p err").contains("listeners: missing"))
      }
    }

    @Test("has a line for what happens, and none for what the runtime grumbles about")
    func lines() async throws {
      try await Machine.withEchod { machine in
        let lines = try await machine.journal("--output cat _COMM=echod").split(separator: "\n")
        #expect(lines.count == 4, "\(lines)")
      }
    }
  }
}
