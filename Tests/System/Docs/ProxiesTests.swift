import Foundation
import Testing

/// Works through the page with the proxies and the configurations that it names.
@Suite("The page about proxies")
struct ProxiesTests {
  private static let page = Result { try Page(file: "docs/how-to/proxies.md") }

  @Test(
    "works as written, with HAProxy and nginx as the examples configure them",
    .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"))
  func story() async throws {
    try await ExampleProxies.withNginxFile { nginx in
      let scenery = PageRun.Scenery(proxies: [
        PageRun.Proxy(
          command: ExampleProxies.haproxy, port: ProxyProgram.Port(transport: "tcp", number: 7000)),
        PageRun.Proxy(
          command: ExampleProxies.nginx(nginx), port: ProxyProgram.Port(transport: "tcp", number: 7002)),
      ])
      try await PageRun.run(Self.page.get().story, scenery: scenery)
    }
  }

  @Test("has examples that the proxies accept without a warning")
  func examples() async throws {
    try await ExampleProxies.withNginxFile { nginx in
      for command in [ExampleProxies.haproxy + ["-c"], ExampleProxies.nginx(nginx) + ["-t"]] {
        let outcome = try await RunningProgram.run(command[0], Array(command.dropFirst()))
        let printed = outcome.text + outcome.errors
        #expect(outcome.ending == .exit(0), "\(printed)")
        #expect(!printed.localizedCaseInsensitiveContains("warn"), "\(printed)")
      }
    }
  }
}

/// The proxies of config/examples.
private enum ExampleProxies {
  static let haproxy = ["/usr/sbin/haproxy", "-db", "-f", Repository.path(of: "config/examples/haproxy.cfg")]

  static func nginx(_ file: String) -> [String] {
    ["/usr/sbin/nginx", "-e", "stderr", "-c", file]
  }

  /// Makes an nginx.conf that includes the example.
  static func withNginxFile(_ body: (_ path: String) async throws -> Void) async throws {
    let example = Repository.path(of: "config/examples/nginx-stream.conf")
    let pidFile = "/tmp/echod-test-nginx-\(UInt32.random(in: 0...UInt32.max)).pid"
    defer { unlink(pidFile) }
    let text = ProxyProgram.nginxFile("include \(example);", pidFile: pidFile)
    try await TemporaryFile.with(text, body)
  }
}
