import Testing

@Suite("The live page with very many listeners and clients")
struct CrowdPageTests {
  private func expect(_ check: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    try await PageChecks.expect(check, of: .crowd, sourceLocation: sourceLocation)
  }

  @Test("shows every figure of 250 listeners")
  func most() async throws { try await expect("most") }

  @Test("shows the busiest of 10,000 clients")
  func clients() async throws { try await expect("clients") }

  @Test("scrolls 256 listeners in frames of at most 50 ms on average")
  func scroll() async throws { try await expect("scroll") }

  @Test("sorts 256 listeners by each column, and says how they are sorted")
  func sort() async throws { try await expect("sort") }

  @Test("filters 256 listeners")
  func filter() async throws { try await expect("filter") }
}
