import Glibc
import TestSupport
import Testing

@Suite("Where a port is in use, the script that runs echod")
struct PortInUseTests {
  /// Runs the script while echod has its port.
  private func withHolder(
    _ body: (_ script: RunScript, _ port: UInt16, _ holder: pid_t) async throws -> Void
  ) async throws {
    let port = freePort()
    let text = #"{ "admin": null, "listeners": [{ "transport": "udp", "port": \#(port) }] }"#
    try await RunningDaemon.with(text) { daemon in
      try await body(RunScript(configurationPath: daemon.configurationPath), port, daemon.program.pid)
    }
  }

  /// Puts a systemctl in place that reports an active echod.service.
  private func withService<Result>(
    mainProcess: pid_t, _ body: (_ environment: [String: String]) async throws -> Result
  ) async throws -> Result {
    try await TemporaryDirectory.with { directory in
      let text = """
        #!/bin/sh
        case "$*" in
            is-active*echod) ;;
            show*MainPID*echod) echo \(mainProcess) ;;
            *) exit 1 ;;
        esac
        """
      try TemporaryFile.write(text, to: "\(directory)/systemctl")
      chmod("\(directory)/systemctl", 0o755)
      chmod(directory, 0o755)
      return try await body(["PATH": "\(directory):/usr/bin:/bin"])
    }
  }

  private static let stop = "sudo systemctl stop echod"

  @Test("says which process has it, and how to choose another")
  func holder() async throws {
    try await withHolder { script, port, holder in
      let outcome = try await script.run()
      #expect(outcome.ending == .exit(71))
      #expect(outcome.errors.contains("Port \(port) (udp) is in use by echod (process \(holder)).\n"))
      #expect(outcome.errors.contains("change it in a copy of \(script.configurationPath) "))
      #expect(outcome.errors.hasSuffix(": make run CONFIG=mine.json\n"))
      #expect(!outcome.errors.contains(Self.stop))
    }
  }

  /// An IPv6 socket on IPv4's loopback, as Java has them. It prints its port, and lives until it is killed.
  private static let mapped = """
    from socket import *
    holder = socket(AF_INET6, SOCK_DGRAM)
    holder.bind(("::ffff:127.0.0.1", 0))
    print(holder.getsockname()[1], flush=True)
    holder.recv(1)
    """

  @Test("says which process has it with an IPv6 socket on an IPv4 address")
  func mapped() async throws {
    try await RunningProgram.with("/usr/bin/python3", ["-c", Self.mapped]) { holder in
      let port = try await holder.line { UInt16($0) != nil }
      let text = #"{ "admin": null, "listeners": [{ "transport": "udp", "port": \#(port) }] }"#
      try await RunScript.with(text) { script in
        let outcome = try await script.run()
        let claim = "Port \(port) (udp) is in use by python3"
        #expect(outcome.errors.contains(claim), "\(outcome.errors)")
      }
      holder.signal(SIGKILL)
    }
  }

  @Test("says how the admin socket gets another one")
  func admin() async throws {
    let text = #"{ "admin": null, "listeners": [{ "name": "holder", "transport": "tcp", "port": 0 }] }"#
    try await RunningDaemon.with(text) { daemon in
      let port = try daemon.endpoint(of: "holder").port
      let text = #"{ "admin": { "port": \#(port) }, "listeners": [{ "transport": "udp", "port": 0 }] }"#
      try await RunScript.with(text) { script in
        let outcome = try await script.run()
        #expect(outcome.errors.hasSuffix("\"admin\": { \"port\": 8081 }\n"), "\(outcome.errors)")
      }
    }
  }

  @Test("says how to stop the installed service, if it is the service's")
  func service() async throws {
    try await withHolder { script, _, holder in
      let ofService = try await withService(mainProcess: holder) { try await script.run(environment: $0) }
      #expect(ofService.ending == .exit(71) && ofService.errors.contains(Self.stop), "\(ofService.errors)")
      let ofAnother = try await withService(mainProcess: 1) { try await script.run(environment: $0) }
      #expect(ofAnother.ending == .exit(71) && !ofAnother.errors.contains(Self.stop), "\(ofAnother.errors)")
    }
  }

  private static let asNobody = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

  @Test(
    "says so when it belongs to another user, and that the service is running",
    .enabled("only root can run it as nobody") {
      let command = asNobody + [BuiltProgram.echod, "--version"]
      return (try? await RunningProgram.run(command[0], Array(command.dropFirst())))?.ending == .exit(0)
    })
  func anotherUser() async throws {
    try await withHolder { script, port, holder in
      chmod(script.configurationPath, 0o644)
      let outcome = try await withService(mainProcess: holder) {
        try await script.run(wrapper: Self.asNobody, environment: $0)
      }
      #expect(outcome.ending == .exit(71))
      #expect(outcome.errors.contains("Port \(port) (udp) is in use by a process of another user.\n"))
      #expect(outcome.errors.contains(Self.stop), "\(outcome.errors)")
    }
  }

  @Test("says nothing of a port that only looks the same")
  func otherAddress() async throws {
    let port = freePort()
    // Neither TCP on the same port nor UDP on another address is in the way. The kernel refuses another listener.
    let held = """
      { "admin": null, "listeners": [
        { "transport": "tcp", "port": \(port) },
        { "transport": "udp", "address": "127.0.0.2", "port": \(port) }
      ] }
      """
    let refused = """
      { "admin": null, "listeners": [
        { "transport": "udp", "port": \(port) },
        { "name": "elsewhere", "transport": "udp", "address": "192.0.2.1", "port": \(port) }
      ] }
      """
    try await RunningDaemon.with(held) { _ in
      try await RunScript.with(refused) { script in
        let outcome = try await script.run()
        #expect(outcome.ending == .exit(71) && !outcome.errors.contains("is in use by"), "\(outcome.errors)")
      }
    }
  }
}
