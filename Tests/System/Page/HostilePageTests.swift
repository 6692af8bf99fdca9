import Testing

@Suite("The live page with hostile data")
struct HostilePageTests {
  private func expect(_ check: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    try await PageChecks.expect(check, of: .hostile, sourceLocation: sourceLocation)
  }

  @Test("shows markup in names, addresses and clients as text")
  func markup() async throws { try await expect("markup") }

  @Test(
    "shows markup in the name of an interface as text",
    .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"))
  func interface() async throws { try await expect("interface") }

  @Test("does not overflow with the longest names, addresses and counters")
  func widths() async throws { try await expect("widths") }

  @Test("keeps the focus on a row that changes its place")
  func order() async throws { try await expect("order") }

  @Test("shows counters beyond 2^53 exactly, and their rates")
  func counters() async throws { try await expect("counters") }

  @Test("shows the right rates when the clock jumps")
  func clock() async throws { try await expect("clock") }

  @Test("says what is wrong when an answer is invalid, and recovers")
  func trouble() async throws { try await expect("trouble") }

  @Test("survives missing members, null and an empty list")
  func gaps() async throws { try await expect("gaps") }
}
