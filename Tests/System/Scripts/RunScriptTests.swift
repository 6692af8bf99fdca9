import Glibc
import TestSupport
import Testing

/// `make run`.
@Suite("The script that runs echod")
struct RunScriptTests {
  /// A configuration, and the commands that the script suggests for it.
  struct Example: Sendable {
    let configuration: String
    let commands: [String]

    init(admin: String, listeners: [String], commands: [String]) {
      configuration = "{ \"admin\": \(admin), \"listeners\": [\(listeners.joined(separator: ", "))] }"
      self.commands = commands
    }
  }

  private static func listener(
    _ transport: String, _ port: UInt16, address: String = "127.0.0.1", service: String = "uppercase"
  ) -> String {
    """
    { "transport": "\(transport)", "address": "\(address)", "port": \(port), "service": "\(service)" }
    """
  }

  private static var examples: [Example] {
    let admin = freePort()
    let ports = (0..<6).map { _ in freePort() }
    let echoc = "\(BuiltProgram.directory)/echoc"
    return [
      Example(
        admin: #"{ "address": "0.0.0.0", "port": \#(admin) }"#,
        listeners: [listener("udp", ports[0]), listener("udp", ports[1])],
        commands: [
          "curl 127.0.0.1:\(admin)/stats   # or open http://127.0.0.1:\(admin)/ in a browser",
          "\(echoc) talk udp://127.0.0.1:\(ports[0])",
        ]),
      Example(
        admin: #"{ "unix": "/tmp/echod-test \#(admin).sock" }"#,
        listeners: [listener("udp", ports[2], service: "discard"), listener("tcp", ports[3], address: "::")],
        commands: [
          "curl --unix-socket '/tmp/echod-test \(admin).sock' http://localhost/stats",
          "\(echoc) talk 'tcp://[::1]:\(ports[3])'",
        ]),
      Example(
        admin: "null", listeners: [listener("tcp", ports[4], address: "0.0.0.0")],
        commands: ["\(echoc) talk tcp://127.0.0.1:\(ports[4])"]),
      Example(
        admin: "null",
        listeners: [
          listener("tcp", ports[5], service: "identify").dropLast()
            + #", "proxyProtocol": { "from": ["127.0.0.0/8"] } }"#
        ],
        commands: ["\(echoc) identify --send-proxy 2 tcp://127.0.0.1:\(ports[5])"]),
    ]
  }

  /// All that the script says before it starts echod, whose log can be seen first.
  private func hints(of program: RunningProgram) async throws -> String {
    try await program.wait { $0.suffix(2).elementsEqual("\n\n".utf8) }
    return String(decoding: program.printed(on: .output), as: UTF8.self)
  }

  @Test("suggests what works with the sockets of its configuration", arguments: examples)
  func suggestions(example: Example) async throws {
    try await RunScript.with(example.configuration) { script in
      try await script.with { program in
        let lines = try await hints(of: program).split(separator: "\n")
        #expect(lines.first == "echod runs until Ctrl-C. When it is ready, try in another shell:")
        #expect(lines.dropFirst().map { String($0.drop { $0 == " " }) } == example.commands)
        for command in example.commands {
          let outcome = try await RunningProgram.run("/bin/sh", ["-c", command], input: "hello\n".utf8)
          #expect(outcome.ending == .exit(0), "\(outcome.errors)")
          let sign = command.contains("curl") ? "listeners" : command.contains("identify") ? "via" : nil
          #expect(outcome.text.contains(sign.map { "\"\($0)\":" } ?? "HELLO"))
        }
      }
    }
  }

  @Test("says that nothing comes back where every listener discards")
  func discards() async throws {
    let port = freePort()
    let listeners = [Self.listener("udp", port, service: "discard")]
    let example = Example(admin: "null", listeners: listeners, commands: [])
    try await RunScript.with(example.configuration) { script in
      try await script.with { program in
        _ = try await program.line { $0.hasSuffix("udp://127.0.0.1:\(port)   # discard: nothing comes back") }
      }
    }
  }

  @Test("suggests nothing for ports that the kernel chooses")
  func chosenPorts() async throws {
    let example = Example(admin: #"{ "port": 0 }"#, listeners: [Self.listener("tcp", 0)], commands: [])
    try await RunScript.with(example.configuration) { script in
      try await script.with { program in
        let text = try await hints(of: program)
        #expect(text == "\nechod runs until Ctrl-C. Its log says where it is listening.\n\n")
      }
    }
  }

  @Test("says what is wrong with a file, and ends as echod does")
  func wrongFiles() async throws {
    try await RunScript.with(#"{ "listeners": [{ "transport": "udp", "port": 70000 }] }"#) { script in
      let outcome = try await script.run()
      #expect(outcome.ending == .exit(78) && outcome.text.isEmpty)
      #expect(outcome.errors.contains("70000 is not a port"))
    }
    let outcome = try await RunScript(configurationPath: "/nowhere/echod.json").run()
    #expect(outcome.ending == .exit(66) && outcome.text.isEmpty)
    #expect(outcome.errors == "/nowhere/echod.json: No such file or directory\n")
  }
}
