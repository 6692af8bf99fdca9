import Addresses
import Glibc
import Testing
import TestSupport

@Suite("The sockets that systemd passes to echod")
struct SocketActivationTests {
  @Test("are used by the listeners' names")
  func activation() async throws {
    let tcp = freePort()
    let text = """
      { "admin": { "port": 0 }, "listeners": [
        { "name": "by-name", "transport": "tcp", "port": 9, "service": "uppercase" },
        { "name": "own", "transport": "udp", "port": 0 }
      ] }
      """
    try await TemporaryFile.with(text) { path in
      // The real tool: it binds, waits for a client, and runs echod with the socket.
      let arguments = ["-l", "127.0.0.1:\(tcp)", "--fdname=by-name", BuiltProgram.echod, "--config", path]
      try await RunningProgram.with("/usr/bin/systemd-socket-activate", arguments) { program in
        _ = try await program.line(on: .errors) { $0.contains("Listening on") }
        let client = try PlainSocket(connectedTo: Endpoint(address: .loopbackIPv4, port: tcp))
        try await client.send(Array("hello".utf8))
        _ = try await program.line(on: .errors) { $0.hasSuffix(" is ready") }
        #expect(try await client.receive(exactly: 5) == Array("HELLO".utf8))
        let line = try await program.line(on: .errors) { $0.contains("by-name: uppercase on tcp ") }
        #expect(line.contains("127.0.0.1:\(tcp)"))
        program.signal(SIGTERM)
        #expect(try await program.outcome().ending == .exit(0))
      }
    }
  }

  @Test("are told to be of no use when what is said of them makes no sense: echod binds its own")
  func senselessActivation() async throws {
    let text = #"{ "admin": null, "listeners": [{ "transport": "udp", "port": 0 }] }"#
    try await TemporaryFile.with(text) { path in
      let script = #"LISTEN_PID=$$ LISTEN_FDS=many exec "$0" --config "$1""#
      try await RunningProgram.with("/bin/sh", ["-c", script, BuiltProgram.echod, path]) { program in
        _ = try await program.line(on: .errors) { $0.hasSuffix(" is ready") }
        let log = String(decoding: program.printed(on: .errors), as: UTF8.self)
        #expect(log.contains(" warning the sockets that were passed are of no use: Invalid argument\n"))
      }
    }
  }

  @Test("of one unit are used by their addresses, and the one that nobody is configured for is named")
  func activationByAddress() async throws {
    let (tcp, admin, spare) = (freePort(), freePort(), freePort())
    let text = """
      { "admin": { "port": \(admin) }, "listeners": [{ "transport": "tcp", "port": \(tcp), "service": "uppercase" }] }
      """
    try await TemporaryFile.with(text) { path in
      let sockets = [spare, admin, tcp].flatMap { ["-l", "127.0.0.1:\($0)"] }
      let names = "--fdname=echod.socket:echod.socket:echod.socket"
      let arguments = sockets + [names, BuiltProgram.echod, "--config", path]
      try await RunningProgram.with("/usr/bin/systemd-socket-activate", arguments) { program in
        _ = try await program.line(on: .errors) { $0.contains("Listening on 127.0.0.1:\(tcp)") }
        let client = try PlainSocket(connectedTo: Endpoint(address: .loopbackIPv4, port: tcp))
        try await client.send(Array("hello".utf8))
        _ = try await program.line(on: .errors) { $0.hasSuffix(" is ready") }
        #expect(try await client.receive(exactly: 5) == Array("HELLO".utf8))
        let figures = Endpoint(address: .loopbackIPv4, port: admin)
        #expect(try await HTTPClient.get("/healthz", from: figures) == Array("ok\n".utf8))
        let warning = "the passed socket \"echod.socket\" (tcp 127.0.0.1:\(spare)) is not used"
        let warnings = String(decoding: program.printed(on: .errors), as: UTF8.self).split(separator: "\n")
          .filter { $0.contains("is not used") }
        #expect(warnings.count == 1 && warnings.allSatisfy { $0.contains(warning) })
        program.signal(SIGTERM)
        #expect(try await program.outcome().ending == .exit(0))
      }
    }
  }
}
