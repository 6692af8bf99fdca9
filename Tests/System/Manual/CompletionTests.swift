import Testing

/// What a shell makes of a Tab.
@Suite("The completions")
struct CompletionTests {
  @Test("find configurations, with a subcommand and without", arguments: CompletingShell.allCases)
  func files(shell: CompletingShell) async throws {
    // Each command completes a file of its own, and says that it is wrong.
    let names = ["first", "second", "third", "fourth"]
    let files = names.flatMap { [("\($0).json", "{}"), ("\($0).txt", "")] }
    try await shell.with(files: Dictionary(uniqueKeysWithValues: files)) { terminal in
      for (command, name) in zip(["", "run ", "check ", "show "], names) {
        terminal.write("echod \(command)--con\t\(name.prefix(2))\t\n")
        _ = try await terminal.line(on: .errors) { $0.contains("\(name).json: listeners") }
      }
    }
  }

  @Test("know the subcommands", arguments: CompletingShell.allCases)
  func subcommands(shell: CompletingShell) async throws {
    let configuration = #"{ "listeners": [{ "transport": "udp", "port": 7 }] }"#
    try await shell.with(files: ["mine.json": configuration]) { terminal in
      terminal.write("echod ch\t--config mine.json\n")
      _ = try await terminal.line { $0.contains("mine.json: ok") }
      terminal.write("echod --config mine.json sh\t\n")
      _ = try await terminal.line { $0.contains("\"port\": 7") }
    }
  }

  @Test("know the subcommands after help", arguments: CompletingShell.allCases)
  func help(shell: CompletingShell) async throws {
    try await shell.with(files: [:]) { terminal in
      for (keys, overview) in [
        ("echod help r", "Serve in the foreground"), ("echod help c", "Check the configuration"),
        ("echod help s", "Print the configuration"), ("echoc help t", "Send lines"),
        ("echoc help p", "Send messages"), ("echoc help b", "Load-test a server"),
        ("echoc help i", "Ask a server"),
      ] {
        terminal.write("\(keys)\t\n")
        _ = try await terminal.line { $0.contains("OVERVIEW: \(overview)") }
      }
    }
  }

  @Test("know that an endpoint is no file", arguments: CompletingShell.allCases)
  func endpoint(shell: CompletingShell) async throws {
    try await shell.with(files: ["mine+.json": "{}"]) { terminal in
      terminal.write("echoc t\tmine+\t\n")
      let error = try await terminal.line(on: .errors) { $0.contains("endpoint") }
      #expect(error.contains("'mine+' is invalid"))
    }
  }
}
