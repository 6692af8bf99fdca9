import Addresses
import Glibc
import Sockets
import Testing
import TestSupport

@Suite("echod as a service")
struct LifeTests {
  private static let configuration = """
    { "admin": { "port": 0 },
      "listeners": [{ "name": "tcp", "transport": "tcp", "port": 0, "service": "uppercase" }] }
    """

  @Test("tells systemd when it is ready, reloads and stops")
  func notifications() async throws {
    try await NotifySocket.with { systemd in
      try await RunningDaemon.with(Self.configuration, environment: systemd.environment) { daemon in
        let ready = try await systemd.message()
        let status = "STATUS=Serving 1 listener, statistics on tcp \(try daemon.adminEndpoint())."
        #expect(ready == ["READY=1", status])
        daemon.program.signal(SIGHUP)
        let reloading = try await systemd.message()
        #expect(reloading.first == "RELOADING=1")
        let time = reloading.first { $0.hasPrefix("MONOTONIC_USEC=") }
        #expect(try Int(#require(time).dropFirst("MONOTONIC_USEC=".count)) ?? 0 > 0)
        #expect(try await systemd.message() == ready)
        try TemporaryFile.write("{", to: daemon.configurationPath)
        daemon.program.signal(SIGHUP)
        #expect(try await systemd.message().first == "RELOADING=1")
        let failed = try await systemd.message()
        #expect(failed.first == "READY=1" && failed.last?.hasPrefix("STATUS=The reload failed") == true)
        daemon.program.signal(SIGTERM)
        #expect(try await systemd.message().first == "STOPPING=1")
      }
    }
  }

  @Test(
    "asks systemd for the time that its drain may take, by the latest valid file",
    arguments: [
      (#""drainSeconds": 0"#, "EXTEND_TIMEOUT_USEC=30000000"),
      (#""drainSeconds": 3600"#, "EXTEND_TIMEOUT_USEC=3630000000"),
      (#""drainSeconds": 3601"#, "EXTEND_TIMEOUT_USEC=35000000"),
    ])
  func longDrain(setting: String, expected: String) async throws {
    try await NotifySocket.with { systemd in
      try await RunningDaemon.with(Self.configuration, environment: systemd.environment) { daemon in
        #expect(try await systemd.message().first == "READY=1")
        let changed = Self.configuration.replacing("{ \"admin\"", with: "{ \(setting), \"admin\"")
        try TemporaryFile.write(changed, to: daemon.configurationPath)
        daemon.program.signal(SIGHUP)
        #expect(try await systemd.message().first == "RELOADING=1")
        #expect(try await systemd.message().first == "READY=1")
        daemon.program.signal(SIGTERM)
        #expect(try await systemd.message().prefix(2) == ["STOPPING=1", expected])
      }
    }
  }

  @Test("does not say that it is ready before everything is bound")
  func notReady() async throws {
    let taken = try PlainSocket(.tcp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
    let text = """
      { "admin": { "port": \(try taken.localEndpoint().port) },
        "listeners": [{ "transport": "udp", "port": 0 }] }
      """
    try await NotifySocket.with { systemd in
      try await TemporaryFile.with(text) { path in
        let outcome = try await RunningProgram.run(
          BuiltProgram.echod, ["--config", path], environment: systemd.environment)
        #expect(outcome.ending == .exit(71))
        #expect(outcome.errors.contains("the admin socket: cannot bind tcp 127.0.0.1:"))
        let said = try await systemd.message()
        #expect(said.count == 1 && said[0].hasPrefix("STATUS=the admin socket: cannot bind"))
        #expect(!systemd.hasMessage)
      }
    }
  }

  @Test("tells systemd its status in one line, whatever a path holds")
  func statusLine() async throws {
    let path = "/tmp/echod-admin-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    let text = """
      { "admin": { "unix": "\(path)\\nWATCHDOG=trigger" }, "listeners": [{ "transport": "udp", "port": 0 }] }
      """
    try await NotifySocket.with { systemd in
      try await RunningDaemon.with(text, environment: systemd.environment) { _ in
        let ready = try await systemd.message()
        #expect(
          ready == [
            "READY=1", "STATUS=Serving 1 listener, statistics on unix \(path)\\u000AWATCHDOG=trigger.",
          ])
      }
    }
  }

  @Test("answers what came while it was stopped, on a connection that is idle for too long by now")
  func stoppedForAWhile() async throws {
    let text = """
      { "admin": null, "listeners": [{ "name": "t", "transport": "tcp", "port": 0, "idleTimeoutSeconds": 5 }] }
      """
    try await RunningDaemon.with(text) { daemon in
      // On a busy machine a connection may be idle for too long before the process is stopped.
      var open: PlainSocket?
      while open == nil {
        let client = try PlainSocket(connectedTo: daemon.endpoint(of: "t"))
        try await client.send([1])
        _ = try await client.receive(exactly: 1)
        daemon.program.signal(SIGSTOP)
        #expect(await eventually { ProcessFacts(pid: daemon.program.pid).isStopped })
        if client.hasInput() { daemon.program.signal(SIGCONT) } else { open = client }
      }
      let client = try #require(open)
      let begin = SystemClock.monotonicMilliseconds()
      try await client.send([2])
      #expect(await eventually { SystemClock.monotonicMilliseconds() - begin > 6500 })
      daemon.program.signal(SIGCONT)
      #expect(try await client.receive(exactly: 1) == [2])
    }
  }

  @Test("feeds the watchdog while it answers, and again after it was stopped for a while")
  func watchdog() async throws {
    try await NotifySocket.with { systemd in
      let environment = systemd.environment.merging(["WATCHDOG_USEC": "200000"]) { $1 }
      try await RunningDaemon.with(Self.configuration, environment: environment) { daemon in
        #expect(try await systemd.message().first == "READY=1")
        for _ in 0..<5 { #expect(try await systemd.message() == ["WATCHDOG=1"]) }
        daemon.program.signal(SIGSTOP)
        while systemd.hasMessage { _ = try await systemd.message() }
        daemon.program.signal(SIGCONT)
        #expect(try await systemd.message() == ["WATCHDOG=1"])
      }
    }
  }

  @Test("keeps an open connection and its statistics over SIGHUP, and a broken file changes nothing")
  func reload() async throws {
    try await RunningDaemon.with(Self.configuration) { daemon in
      let server = try daemon.endpoint(of: "tcp")
      let client = try PlainSocket(connectedTo: server)
      try await client.send(Array("one".utf8))
      #expect(try await client.receive(exactly: 3) == Array("ONE".utf8))

      daemon.program.signal(SIGHUP)
      _ = try await daemon.program.line(on: .errors) { $0.contains(" was read again") }
      try await client.send(Array("two".utf8))
      #expect(try await client.receive(exactly: 3) == Array("TWO".utf8))

      try TemporaryFile.write(
        #"{"listeners": [{"transport": "tcp", "port": 70000}]}"#, to: daemon.configurationPath)
      daemon.program.signal(SIGHUP)
      let path = daemon.configurationPath
      _ = try await daemon.program.line(on: .errors) {
        $0.hasSuffix("\(path): listeners[0].port: 70000 is not a port (0 to 65535)")
      }
      _ = try await daemon.program.line(on: .errors) { $0.contains("the old configuration stays in force") }
      try await client.send(Array("three".utf8))
      #expect(try await client.receive(exactly: 5) == Array("THREE".utf8))

      let listener = try #require(await daemon.stats()[listener: "tcp"])
      #expect(listener.messages == Stats.InAndOut(received: 3, sent: 3))
      #expect(listener.clients == Stats.Clients(current: 1, total: 1))
    }
  }

  @Test("serves a new listener after SIGHUP")
  func reloadAdds() async throws {
    try await RunningDaemon.with(Self.configuration) { daemon in
      let more = Self.configuration.replacing(
        "]", with: #", { "name": "new", "transport": "udp", "port": 0 }]"#)
      try TemporaryFile.write(more, to: daemon.configurationPath)
      daemon.program.signal(SIGHUP)
      _ = try await daemon.program.line(on: .errors) { $0.contains(" was read again") }
      let port = try #require(await daemon.stats()[listener: "new"]?.port)
      let client = try PlainSocket(.udp)
      try client.send([1, 2], to: Endpoint(address: .loopbackIPv4, port: UInt16(port)))
      #expect(try await client.receiveDatagram().bytes == [1, 2])
    }
  }

  @Test(
    "ends with 0 after a signal to stop, with replies to all that was received", arguments: [SIGTERM, SIGINT])
  func stop(signal: Int32) async throws {
    try await TemporaryFile.with(Self.configuration) { path in
      try await RunningProgram.with(BuiltProgram.echod, ["--config", path]) { program in
        let line = try await program.line(on: .errors) { $0.contains("tcp: uppercase on tcp ") }
        _ = try await program.line(on: .errors) { $0.hasSuffix(" is ready") }
        let words = line.split(separator: " ").compactMap {
          $0.split(separator: ":").last.flatMap { UInt16($0) }
        }
        let client = try PlainSocket(
          connectedTo: Endpoint(address: .loopbackIPv4, port: #require(words.last)))
        let message = noise(1_000_000)
        try await client.send(message)
        program.signal(signal)
        let reply = try await client.receiveToEnd()
        #expect(reply == inCapitals(message))
        #expect(try await program.outcome().ending == .exit(0))
      }
    }
  }

  @Test("stops when it is told to, however often it was told to reload before")
  func signalBurst() async throws {
    try await RunningDaemon.with(Self.configuration) { daemon in
      for _ in 0..<2000 { daemon.program.signal(SIGHUP) }
    }
  }

  @Test("starts and stops though nobody reads what it logs")
  func unreadLog() async throws {
    let path = "/tmp/echod-log-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    try #require(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    let log = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    defer { close(log) }
    while write(log, [0], 1) == 1 {}
    try await NotifySocket.with { systemd in
      try await TemporaryFile.with(Self.configuration) { configuration in
        let arguments = ["-c", #"exec "$0" --config "$1" 2>"$2""#, BuiltProgram.echod, configuration, path]
        try await RunningProgram.with("/bin/sh", arguments, environment: systemd.environment) { program in
          let ready = try await systemd.message()
          #expect(ready.first == "READY=1")
          program.signal(SIGTERM)
          #expect(try await program.outcome().ending == .exit(0))
        }
      }
    }
  }

  @Test("opens no socket in the place of a missing standard stream")
  func closedStreams() async throws {
    try await NotifySocket.with { systemd in
      try await TemporaryFile.with(Self.configuration) { path in
        let arguments = ["-c", #"exec "$0" --config "$1" <&- >&- 2>&-"#, BuiltProgram.echod, path]
        try await RunningProgram.with("/bin/sh", arguments, environment: systemd.environment) { program in
          let ready = try await systemd.message()
          #expect(ready.first == "READY=1")
          let files = (0...2).map { ProcessFacts(pid: program.pid).file(at: $0) }
          #expect(files == ["/dev/null", "/dev/null", "/dev/null"])
          program.signal(SIGTERM)
          #expect(try await program.outcome().ending == .exit(0))
        }
      }
    }
  }
}
