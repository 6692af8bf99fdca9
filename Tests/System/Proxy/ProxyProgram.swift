import Addresses
import Glibc
import Testing
import TestSupport

/// A proxy of another maker that runs in front of echod.
struct ProxyProgram: Sendable {
  /// A port on which it is to listen.
  struct Port: Sendable {
    var transport: String
    var number: UInt16
  }

  private let program: RunningProgram

  /// What it printed so far, for tests that fail.
  var log: Comment {
    Comment(
      rawValue: String(decoding: program.printed(on: .output) + program.printed(on: .errors), as: UTF8.self))
  }

  /// Runs it as long as the body runs, which begins once it is listening.
  ///
  /// To find that out by a connection would show in echod's figures, so the kernel's tables are read.
  static func with(
    _ path: String, _ arguments: [String], listeningOn ports: [Port],
    _ body: (ProxyProgram) async throws -> Void
  ) async throws {
    try await RunningProgram.with(path, arguments) { program in
      let proxy = ProxyProgram(program: program)
      let facts = ProcessFacts(pid: program.pid)
      let isListening = await eventually(every: .milliseconds(20)) {
        ports.allSatisfy { facts.sees($0) }
      }
      try #require(isListening, proxy.log)
      try await body(proxy)
      // nginx then removes its pid file.
      program.signal(SIGTERM)
      _ = try await program.outcome()
    }
  }

  /// Runs HAProxy on a port of 127.0.0.1, in front of one server with these options.
  ///
  /// It tries a server once: by default it connects again if it is refused before it has sent its header, and then
  /// echod counts both attempts.
  static func haproxy(
    before server: Endpoint, _ options: String, bind: String = "",
    _ body: (_ frontend: Endpoint, ProxyProgram) async throws -> Void
  ) async throws {
    let frontend = Endpoint(address: .loopbackIPv4, port: freePort())
    let text = """
      defaults
          mode tcp
          timeout connect 20s
          timeout client 1m
          timeout server 1m
          retries 0
      listen echo
          bind \(frontend) \(bind)
          unique-id-format id-of-%cp
          server echod \(server) \(options)

      """
    try await TemporaryFile.with(text) { path in
      try await run("/usr/sbin/haproxy", ["-db", "-f", path], at: frontend, "tcp", body)
    }
  }

  /// Runs nginx on a port of 127.0.0.1, in front of one server.
  static func nginx(
    before server: Endpoint, transport: String = "tcp",
    _ body: (_ frontend: Endpoint, ProxyProgram) async throws -> Void
  ) async throws {
    let frontend = Endpoint(address: .loopbackIPv4, port: freePort())
    let listen = "listen \(frontend)\(transport == "udp" ? " udp" : "");"
    let block = "stream { server { \(listen) proxy_pass \(server); proxy_protocol on; } }"
    let text = nginxFile(block, pidFile: "/tmp/echod-test-nginx-\(frontend.port).pid")
    try await TemporaryFile.with(text) { path in
      try await run("/usr/sbin/nginx", ["-e", "stderr", "-c", path], at: frontend, transport, body)
    }
  }

  /// An nginx.conf with these blocks.
  static func nginxFile(_ blocks: String, pidFile: String) -> String {
    """
    load_module /usr/lib/nginx/modules/ngx_stream_module.so;
    daemon off;
    master_process off;
    pid \(pidFile);
    error_log stderr;
    events {}
    \(blocks)

    """
  }

  /// Runs dnsdist on a port of 127.0.0.1. Without a check it takes the server for working.
  static func dnsdist(
    before server: Endpoint, _ body: (_ frontend: Endpoint, ProxyProgram) async throws -> Void
  ) async throws {
    let frontend = Endpoint(address: .loopbackIPv4, port: freePort())
    let text = """
      setLocal("\(frontend)")
      setSecurityPollSuffix("")
      newServer{address="\(server)", useProxyProtocol=true}
      getServer(0):setUp()

      """
    try await TemporaryFile.with(text) { path in
      let arguments = ["--supervised", "--disable-syslog", "-C", path]
      try await run("/usr/bin/dnsdist", arguments, at: frontend, "udp", body)
    }
  }

  /// A function of its own, because Swift 6.3 makes closures within closures that crash.
  private static func run(
    _ path: String, _ arguments: [String], at frontend: Endpoint, _ transport: String,
    _ body: (_ frontend: Endpoint, ProxyProgram) async throws -> Void
  ) async throws {
    let port = Port(transport: transport, number: frontend.port)
    try await with(path, arguments, listeningOn: [port]) { try await body(frontend, $0) }
  }
}

extension ProcessFacts {
  /// Whether a socket in the process's network is bound to a port and has no peer: over TCP, it listens. See
  /// proc_net_tcp(5).
  fileprivate func sees(_ port: ProxyProgram.Port) -> Bool {
    let digits = String(port.number, radix: 16, uppercase: true)
    let number = String(repeating: "0", count: 4 - digits.count) + digits
    let text = ":\(number) 00000000:0000 \(port.transport == "tcp" ? "0A" : "07")"
    // The table of a busy machine has thousands of lines: too many to be taken apart every time.
    let table = self.table("net/\(port.transport)").map { CChar(bitPattern: $0) } + [0]
    return strstr(table, text) != nil
  }

  private func table(_ file: String) -> [UInt8] {
    guard let stream = fopen("/proc/\(pid)/\(file)", "r") else { return [] }
    defer { fclose(stream) }
    var (all, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
    while true {
      let count = fread(&buffer, 1, buffer.count, stream)
      if count == 0 { return all }
      all += buffer[..<count]
    }
  }
}
