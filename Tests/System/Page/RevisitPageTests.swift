import Testing

@Suite("The live page that is left and opened again")
struct RevisitPageTests {
  private func expect(_ check: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    try await PageChecks.expect(check, of: .revisit, sourceLocation: sourceLocation)
  }

  @Test("goes on with its lines after a reload")
  func reload() async throws { try await expect("reload") }

  @Test("ignores what it cannot read in the browser's storage")
  func rubbish() async throws { try await expect("rubbish") }

  @Test("works with a full storage")
  func full() async throws { try await expect("full") }

  @Test("begins new lines when echod was restarted meanwhile")
  func restart() async throws { try await expect("restart") }

  @Test("sorts and filters as its address says, and ignores what an address cannot say")
  func opened() async throws { try await expect("address-opened") }

  @Test("keeps the order and the filter in its address")
  func written() async throws { try await expect("address-written") }

  @Test("sorts and filters again when its address changes")
  func changed() async throws { try await expect("address-changed") }
}
