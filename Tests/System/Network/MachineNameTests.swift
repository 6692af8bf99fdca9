import Glibc
import TestSupport
import Testing

@Suite("The admin socket of a machine with a domain", .enabled(if: getuid() == 0))
struct MachineNameTests {
  /// A machine whose name has its domain in /etc/hosts only, as Debian's installer sets it up.
  private static func onMachine(hosts: String) -> [String] {
    let script = """
      hostname echo-host
      mount --bind \(hosts) /etc/hosts
      exec "$@"
      """
    return ["/usr/bin/unshare", "--uts", "--mount", "/bin/sh", "-ec", script, "sh"]
  }

  @Test("answers to the machine's name, with and without the domain, and after a reload to its new name")
  func names() async throws {
    let configuration = #"{"admin": {"port": 0}, "listeners": [{"transport": "udp", "port": 0}]}"#
    try await TemporaryFile.with("127.0.0.1 localhost\n127.0.1.1 echo-host.example.org echo-host\n") {
      hosts in
      try await RunningDaemon.with(configuration, wrapper: Self.onMachine(hosts: hosts)) { daemon in
        let endpoint = try daemon.adminEndpoint()
        func answers(to host: String) async throws -> Bool {
          let client = try PlainSocket(connectedTo: endpoint)
          try await client.send(Array("GET /healthz HTTP/1.0\r\nHost: \(host):\(endpoint.port)\r\n\r\n".utf8))
          return try await client.receiveToEnd().starts(with: "HTTP/1.1 200 ".utf8)
        }
        #expect(try await answers(to: "echo-host"))
        // The resolver may take its time.
        #expect(try await eventually { try await answers(to: "echo-host.example.org") })
        #expect(try await !answers(to: "echo-host.example.com"))

        let renaming = ["--uts", "--target", "\(daemon.program.pid)", "hostname", "new-host"]
        #expect(try await RunningProgram.run("/usr/bin/nsenter", renaming).ending == .exit(0))
        daemon.program.signal(SIGHUP)
        _ = try await daemon.program.line(on: .errors) { $0.contains(" was read again") }
        #expect(try await answers(to: "new-host"))
        #expect(try await !answers(to: "echo-host"))
      }
    }
  }
}
