import Addresses
import EchoCore
import EchoServer
import Logging
import SystemPackage
import Testing

@Suite("What the log is searched by")
struct LogMetadataTests {
  /// The metadata of the first message with this in it, of a server that is started and stopped.
  private func metadata(
    of text: String, with listener: ListenerConfiguration, admin: AdminEndpoint? = nil
  ) async throws -> Logger.Metadata {
    let log = LogRecorder()
    try await ServerUnderTest.with([listener], admin: admin, drainSeconds: 0, log: log) { _ in }
    return try #require(log.messages(with: text).first).metadata
  }

  @Test(
    "is all of a listener, where it begins and where it ends", arguments: ["is served", "draining"])
  func listener(text: String) async throws {
    let found = try await metadata(of: text, with: .test(.udp, name: "u"))
    let port = try #require(found["port"].flatMap { UInt16("\($0)") })
    #expect(port != 0)
    #expect(
      found == [
        "listener": "u", "transport": "udp", "service": "uppercase", "address": "127.0.0.1",
        "port": "\(port)",
      ])
  }

  @Test("is where the statistics are served")
  func admin() async throws {
    let found = try await metadata(
      of: "figures are served", with: .test(.udp), admin: .tcp(address: .loopbackIPv4, port: 0))
    #expect(found.keys.sorted() == ["address", "port"] && found["address"] == "127.0.0.1")
  }

  private static let startErrors: [(StartError, Logger.Metadata)] = [
    (
      .listener(name: "web", .internet(.tcp, .loopbackIPv4, port: 80), .addressInUse),
      [
        "listener": "web", "transport": "tcp", "address": "127.0.0.1", "port": "80",
        "errno": "\(Errno.addressInUse.rawValue)",
      ]
    ),
    (
      .admin(.unix(path: "/run/echod/admin.sock"), .permissionDenied),
      ["path": "/run/echod/admin.sock", "errno": "\(Errno.permissionDenied.rawValue)"]
    ),
    (
      .queue(name: "web", .tooManyOpenFiles),
      ["listener": "web", "errno": "\(Errno.tooManyOpenFiles.rawValue)"]
    ),
  ]

  @Test("is what could not be bound, and why", arguments: startErrors)
  func startError(error: StartError, metadata: Logger.Metadata) {
    #expect(error.logMetadata == metadata)
  }
}
