import Addresses
import Glibc
import SystemPackage
import Testing
import TestSupport

@Suite("The sockets that systemd passes to echod")
struct SocketActivationTests {
  /// The tool passes no variable but those that it is told: here the options of a sanitizer.
  private static let passedVariables = getenv("LSAN_OPTIONS") == nil ? [] : ["--setenv=LSAN_OPTIONS"]

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
      let arguments =
        ["-l", "127.0.0.1:\(tcp)", "--fdname=by-name"] + Self.passedVariables
        + [BuiltProgram.echod, "--config", path]
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

  @Test("are ignored with a warning when the environment makes no sense: echod binds its own")
  func senselessActivation() async throws {
    let text = #"{ "admin": null, "listeners": [{ "transport": "udp", "port": 0 }] }"#
    try await TemporaryFile.with(text) { path in
      let script = #"LISTEN_PID=$$ LISTEN_FDS=many exec "$0" --config "$1""#
      try await RunningProgram.with("/bin/sh", ["-c", script, BuiltProgram.echod, path]) { program in
        _ = try await program.line(on: .errors) { $0.hasSuffix(" is ready") }
        let log = String(decoding: program.printed(on: .errors), as: UTF8.self)
        #expect(log.contains(" warning cannot use the passed sockets: Invalid argument\n"))
      }
    }
  }

  /// Binds sockets under the name of one unit by the real tool, which waits for a client and then runs echod with them.
  private func withUnit(
    _ sockets: [String], configuration: String,
    _ body: (RunningProgram, NotifySocket, _ configurationPath: String) async throws -> Void
  ) async throws {
    try await NotifySocket.with { systemd in
      try await TemporaryFile.with(configuration) { path in
        try await withUnit(sockets, path, systemd) { try await body($0, systemd, path) }
      }
    }
  }

  private func withUnit(
    _ sockets: [String], _ path: String, _ systemd: NotifySocket,
    _ body: (RunningProgram) async throws -> Void
  ) async throws {
    let count = sockets.count { !$0.hasPrefix("-") }
    let names = Array(repeating: "echod.socket", count: count).joined(separator: ":")
    let options = sockets.flatMap { $0.hasPrefix("-") ? [$0] : ["-l", $0] }
    let variables = systemd.environment.flatMap { ["-E", "\($0)=\($1)"] }
    let command =
      ["--fdname=\(names)"] + Self.passedVariables + [BuiltProgram.echod, "--config", path]
    try await RunningProgram.with(
      "/usr/bin/systemd-socket-activate", options + variables + command
    ) { program in
      for socket in sockets where !socket.hasPrefix("-") {
        _ = try await program.line(on: .errors) { $0.contains("Listening on \(socket)") }
      }
      try await body(program)
    }
  }

  @Test("of one unit are matched by address; clients of an unserved one are disconnected")
  func activationByAddress() async throws {
    let (tcp, admin, spare) = (freePort(), freePort(), freePort())
    let text = """
      { "admin": { "port": \(admin) }, "listeners": [{ "transport": "tcp", "port": \(tcp), "service": "uppercase" }] }
      """
    try await withUnit([spare, admin, tcp].map { "127.0.0.1:\($0)" }, configuration: text) {
      program, systemd, _ in
      // The first client starts echod but is not served.
      let stranger = try PlainSocket(connectedTo: Endpoint(address: .loopbackIPv4, port: spare))
      _ = try await program.line(on: .errors) { $0.hasSuffix(" is ready") }
      #expect(try await stranger.receiveToEnd().isEmpty)
      let client = try PlainSocket(connectedTo: Endpoint(address: .loopbackIPv4, port: tcp))
      try await client.send(Array("hello".utf8))
      #expect(try await client.receive(exactly: 5) == Array("HELLO".utf8))
      let figures = Endpoint(address: .loopbackIPv4, port: admin)
      #expect(try await HTTPClient.get("/healthz", from: figures) == Array("ok\n".utf8))
      let socket = "passed socket \"echod.socket\" (tcp 127.0.0.1:\(spare)) is not served"
      let warnings = String(decoding: program.printed(on: .errors), as: UTF8.self).split(separator: "\n")
        .filter { $0.contains(" warning ") }
      #expect(warnings.count == 1 && warnings.allSatisfy { $0.contains("the \(socket)") })
      let status = "Serving 1 listener, statistics on tcp 127.0.0.1:\(admin). The \(socket)."
      #expect(try await systemd.message() == ["READY=1", "STATUS=\(status)"])
      program.signal(SIGTERM)
      #expect(try await program.outcome().ending == .exit(0))
    }
  }

  @Test("are named in the status after a reload that takes their listener away, until one brings it back")
  func reload() async throws {
    let (tcp, other) = (freePort(), freePort())
    func text(port: UInt16) -> String {
      """
      { "admin": null, "listeners": [{ "name": "t", "transport": "tcp", "port": \(port), "service": "uppercase" }] }
      """
    }
    func status(_ systemd: NotifySocket) async throws -> String {
      while true {
        let message = try await systemd.message()
        if message.first == "READY=1" { return String(try #require(message.last).dropFirst("STATUS=".count)) }
      }
    }
    try await withUnit(["127.0.0.1:\(tcp)"], configuration: text(port: tcp)) { program, systemd, path in
      let server = Endpoint(address: .loopbackIPv4, port: tcp)
      let client = try PlainSocket(connectedTo: server)
      try await client.send(Array("hello".utf8))
      #expect(try await client.receive(exactly: 5) == Array("HELLO".utf8))
      #expect(try await status(systemd) == "Serving 1 listener.")
      try TemporaryFile.write(text(port: other), to: path)
      program.signal(SIGHUP)
      let sentence = "The passed socket \"echod.socket\" (tcp 127.0.0.1:\(tcp)) is not served."
      #expect(try await status(systemd) == "Serving 1 listener. \(sentence)")
      #expect(try await client.receiveToEnd().isEmpty)
      #expect(try await PlainSocket(connectedTo: server).receiveToEnd().isEmpty)
      try TemporaryFile.write("{", to: path)
      program.signal(SIGHUP)
      #expect(try await status(systemd).hasSuffix("Serving 1 listener. \(sentence)"))
      try TemporaryFile.write(text(port: tcp), to: path)
      program.signal(SIGHUP)
      #expect(try await status(systemd) == "Serving 1 listener.")
      let again = try PlainSocket(connectedTo: server)
      try await again.send(Array("again".utf8))
      #expect(try await again.receive(exactly: 5) == Array("AGAIN".utf8))
      program.signal(SIGTERM)
      #expect(try await program.outcome().ending == .exit(0))
    }
  }

  @Test("for datagrams are used by their addresses, and emptied when nobody serves them")
  func datagrams() async throws {
    let (udp, spare) = (freePort(), freePort())
    let text = """
      { "admin": null, "listeners": [{ "transport": "udp", "port": \(udp), "service": "uppercase" }] }
      """
    try await withUnit(["-d", "127.0.0.1:\(udp)", "127.0.0.1:\(spare)"], configuration: text) {
      program, _, _ in
      let client = try PlainSocket(.udp)
      // The datagram makes the tool run echod, which empties the socket.
      try await program.whileItIsStopped {
        try client.send(Array("stray".utf8), to: Endpoint(address: .loopbackIPv4, port: spare))
        #expect(try waitingBytes(ofUDPPort: spare) > 0)
      }
      _ = try await program.line(on: .errors) { $0.hasSuffix(" is ready") }
      let isEmptied = try await eventually { try waitingBytes(ofUDPPort: spare) == 0 }
      #expect(isEmptied)
      try client.send(Array("hello".utf8), to: Endpoint(address: .loopbackIPv4, port: udp))
      #expect(try await client.receiveDatagram().bytes == Array("HELLO".utf8))
      program.signal(SIGTERM)
      #expect(try await program.outcome().ending == .exit(0))
    }
  }

  /// The bytes in the receive buffer of 127.0.0.1 and a port, with the kernel's overhead. See proc_net_udp in the
  /// kernel's documentation, and proc(5).
  private func waitingBytes(ofUDPPort port: UInt16) throws -> Int {
    let file = try FileDescriptor.open("/proc/net/udp", .readOnly)
    let text = try file.closeAfter {
      var buffer = [UInt8](repeating: 0, count: 1 << 20)
      var count = 0
      while count < buffer.count {
        let more = try buffer.withUnsafeMutableBytes { try file.read(into: .init(rebasing: $0[count...])) }
        if more == 0 { break }
        count += more
      }
      return String(decoding: buffer[..<count], as: UTF8.self)
    }
    let fields = text.split(separator: "\n").map { $0.split(separator: " ") }
    let socket = fields.first {
      $0.count > 4 && $0[1].hasPrefix("0100007F:") && UInt16($0[1].suffix(4), radix: 16) == port
    }
    let queues = try #require(socket)[4].split(separator: ":")
    return try #require(Int(queues[1], radix: 16))
  }
}
