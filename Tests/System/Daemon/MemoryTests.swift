import Testing
import TestSupport

@Suite(
  "echod's memory",
  .enabled(if: !BuiltProgram.isSanitized, "a sanitizer has memory of its own, and keeps what was released"))
struct MemoryTests {
  private static let configuration = """
    { "admin": { "port": 0 }, "drainSeconds": 0,
      "listeners": [{ "name": "tcp", "transport": "tcp", "port": 0, "service": "echo" }] }
    """

  /// How many clients stall.
  private static let count = 200
  /// What the program may need in addition, for tables, threads and its first responses.
  private static let allowance = 4 << 20

  @Test("is at most 256 KiB for a client that never reads, and is returned when the client leaves")
  func stalledClients() async throws {
    try await RunningDaemon.with(Self.configuration, deadlineSeconds: 120) { daemon in
      let process = ProcessFacts(pid: daemon.program.pid)
      let before = process.residentBytes
      var clients = try await daemon.stalledClients(Self.count, of: "tcp")
      let peak = process.residentBytes - before
      #expect(peak < Self.count * (256 << 10) + Self.allowance)
      // Every other client leaves. malloc would keep free memory between blocks in use.
      clients = clients.indices.filter { $0.isMultiple(of: 2) }.map { clients[$0] }
      let halfIsBack = await eventually { process.residentBytes - before < peak / 4 * 3 }
      #expect(halfIsBack, "\(process.residentBytes - before) of \(peak) bytes")
      clients.removeAll()
      let allIsBack = await eventually { process.residentBytes - before < Self.allowance }
      #expect(allIsBack, "\(process.residentBytes - before) of \(peak) bytes")
    }
  }
}
