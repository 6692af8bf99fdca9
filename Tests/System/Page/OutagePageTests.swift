import Testing

@Suite("The live page of an echod that goes away")
struct OutagePageTests {
  private func expect(_ check: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    try await PageChecks.expect(check, of: .outage, sourceLocation: sourceLocation)
  }

  @Test("says within two seconds that echod is stopped, and recovers")
  func stop() async throws { try await expect("stop") }

  @Test("says within two seconds that echod was killed, and recovers when it is started on the same port")
  func kill() async throws { try await expect("kill") }

  @Test("says within two seconds that echod's answers are cut off, and recovers")
  func cut() async throws { try await expect("cut") }

  @Test("says within two seconds that echod was stopped in the middle of an answer, and recovers")
  func stall() async throws { try await expect("stall") }

  @Test("shows correct rates across a restart")
  func restart() async throws { try await expect("restart") }

  @Test("keeps the lines of the other listeners when a reload adds and removes listeners")
  func reload() async throws { try await expect("reload") }

  @Test("keeps its rows and figures while echod stops, and its lines until echod is started again")
  func drain() async throws { try await expect("drain") }
}
