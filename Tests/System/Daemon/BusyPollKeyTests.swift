import Glibc
import SystemPackage
import Testing
import TestSupport

@Suite("The key busyPollMicroseconds of the built echod")
struct BusyPollKeyTests {
  private static func file(_ microseconds: Int) -> String {
    """
    { "admin": null, "listeners": [
      { "name": "udp", "transport": "udp", "port": 0, "busyPollMicroseconds": \(microseconds) },
      { "name": "tcp", "transport": "tcp", "port": 0, "busyPollMicroseconds": \(microseconds) }] }
    """
  }

  /// The most waits after a message of a queue that does not look, and the fewest of one that does.
  private static let fewWaits: UInt64 = 6, manyWaits: UInt64 = 30

  /// Sends a message and receives it. Returns how often echod has waited in the pause that follows, in which a queue
  /// that looked in vain rests.
  private func waits(of echod: FaultyDaemon, after client: PlainSocket) async throws -> UInt64 {
    let before = echod.faults.seen(.epollWait)
    try await client.send([0x61])
    #expect(try await client.receive() == [0x61])
    try await Task.sleep(for: .milliseconds(250))
    return echod.faults.seen(.epollWait) - before
  }

  private func reload(_ echod: FaultyDaemon, with microseconds: Int) async throws {
    try TemporaryFile.write(Self.file(microseconds), to: echod.daemon.configurationPath)
    let before = changes(of: echod)
    echod.daemon.program.signal(SIGHUP)
    #expect(await eventually { changes(of: echod) == before + 2 })
  }

  /// How many listeners have reported a change.
  private func changes(of echod: FaultyDaemon) -> Int {
    String(decoding: echod.daemon.program.printed(on: .errors), as: UTF8.self)
      .split(separator: "\n").count { $0.hasSuffix(": changed busyPollMicroseconds") }
  }

  @Test("makes queues look for messages before they sleep, as the latest reload says")
  func reload() async throws {
    try await FaultyDaemon.with(Self.file(0)) { echod in
      let datagrams = try PlainSocket(.udp)
      try datagrams.connect(to: echod.daemon.endpoint(of: "udp"))
      let clients = [try PlainSocket(connectedTo: echod.daemon.endpoint(of: "tcp")), datagrams]
      for microseconds in [0, 1000, 0] {
        if microseconds > 0 || changes(of: echod) > 0 { try await reload(echod, with: microseconds) }
        for client in clients {
          let isAsSaid = try await eventually {
            let waits = try await waits(of: echod, after: client)
            return microseconds > 0 ? waits >= Self.manyWaits : waits <= Self.fewWaits
          }
          #expect(isAsSaid, "\(microseconds)")
        }
      }
    }
  }
}
