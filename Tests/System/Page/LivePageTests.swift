import Testing

@Suite("The live page of an echod under traffic")
struct LivePageTests {
  private func expect(_ check: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    try await PageChecks.expect(check, of: .live, sourceLocation: sourceLocation)
  }

  @Test("shows every figure of /stats, and the rates between two answers")
  func figures() async throws { try await expect("figures") }

  @Test("requests nothing while it is hidden, and is up to date again when it is shown")
  func hidden() async throws { try await expect("hidden") }

  @Test("lets the Tab key reach everything, and shows where the focus is")
  func reach() async throws { try await expect("keyboard-reach") }

  @Test("keeps the focus where it is while the figures change")
  func focus() async throws { try await expect("keyboard-focus") }

  @Test("opens and closes a listener's clients with Enter and with the space bar")
  func details() async throws { try await expect("keyboard-details") }

  @Test("can be sorted by keyboard, and says how it is sorted")
  func sort() async throws { try await expect("keyboard-sort") }

  @Test("can be filtered by keyboard")
  func filter() async throws { try await expect("keyboard-filter") }

  @Test("has enough contrast in both color schemes", arguments: ["light", "dark"])
  func contrast(scheme: String) async throws { try await expect("contrast-\(scheme)") }

  @Test("has a name for each button, input, image and table")
  func names() async throws { try await expect("names") }

  @Test("fits the width of a phone and of a large screen", arguments: ["narrow", "wide"])
  func width(of window: String) async throws { try await expect(window) }

  @Test("has a table with rows and cells on a phone too")
  func roles() async throws { try await expect("roles") }

  @Test("leaves the console empty")
  func console() async throws { try await expect("console") }

  @Test("sends requests only to echod")
  func requests() async throws { try await expect("requests") }

  @Test("has a Content-Security-Policy that allows only its own style and script inline")
  func policy() async throws { try await expect("policy") }

  @Test("shows the totals of each listener without JavaScript")
  func scriptless() async throws { try await expect("scriptless") }
}
