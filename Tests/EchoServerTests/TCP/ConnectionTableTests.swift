import Addresses
import Logging
import Sockets
import SystemPackage
import Testing
import TestSupport

@testable import EchoServer

@Suite("A table of connections")
struct ConnectionTableTests {
  /// A table, the loop that watches its connections, and a socket that connections come from.
  private struct Fixture {
    let loop: EventLoop
    let table: ConnectionTable<Connection>
    private let listening: SharedSocket<ListeningSocket>
    private let server: Endpoint

    init() throws {
      loop = try EventLoop(label: "test")
      table = ConnectionTable(on: loop, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
      listening = SharedSocket(
        try ListeningSocket(boundTo: Endpoint(address: .loopbackIPv4, port: 0), backlog: 128))
      server = try #require(try listening.socket.descriptor.localEndpoint())
    }

    /// Both ends of a connection; ours is in the table.
    func add() async throws -> (ours: Connection, theirs: PlainSocket) {
      let client = try PlainSocket(connectedTo: server)
      guard let accepted = try listening.socket.accept() else { throw Errno.noSuchProcess }
      let connection = Connection(accepted.takeSocket(), peer: nil, at: 0)
      table.insert(connection)
      return (connection, client)
    }

    /// The tokens that the loop reports now.
    func ready() -> [UInt64] {
      var tokens: [UInt64] = []
      loop.serveWaiting { if !tokens.contains($0) { tokens.append($0) } }
      return tokens
    }
  }

  @Test("finds a connection by its token until it is taken out")
  func lookup() async throws {
    let fixture = try Fixture()
    let table = fixture.table
    #expect(table.isEmpty)
    let (first, second) = (try await fixture.add().ours, try await fixture.add().ours)
    let (one, two) = (first.registration.token, second.registration.token)
    #expect(one != two && table.count == 2)
    #expect(table[one] === first && table[two] === second && table.contains(first))
    #expect(table.remove(first) && !table.remove(first))
    #expect(table[one] == nil && table[two] === second && table.count == 1 && !table.contains(first))
  }

  @Test(
    "has nothing under a token that it never gave", arguments: [0, 1, 1 << 32 | 1, 2 << 32, .max] as [UInt64])
  func foreignTokens(token: UInt64) async throws {
    let fixture = try Fixture()
    let only = try await fixture.add().ours
    #expect(only.registration.token == 1 << 32)
    #expect(fixture.table[token] == nil)
  }

  @Test("never gives the token of a connection that ended to the next one in its slot")
  func reuse() async throws {
    let fixture = try Fixture()
    let first = try await fixture.add().ours
    let token = first.registration.token
    #expect(fixture.table.remove(first))
    let second = try await fixture.add().ours
    #expect(second.registration.token != token && fixture.table[token] == nil)
    #expect(fixture.table.count == 1 && fixture.table.members.count == 1)
  }

  @Test("lists its connections, to be changed meanwhile, and is empty when the last one is gone")
  func members() async throws {
    let fixture = try Fixture()
    var clients: [PlainSocket] = []
    for _ in 0..<100 { clients.append(try await fixture.add().theirs) }
    #expect(fixture.table.members.count == 100)
    for connection in fixture.table.members { #expect(fixture.table.remove(connection)) }
    #expect(fixture.table.isEmpty && fixture.table.members.isEmpty)
    #expect(try await fixture.add().ours.registration.token & 0xFFFF_FFFF == 0)
  }

  @Test("has the set report a connection that is ready, and not one that is held or was taken out")
  func readiness() async throws {
    let fixture = try Fixture()
    let (first, second) = (try await fixture.add(), try await fixture.add())
    try await first.theirs.send([1])
    try await second.theirs.send([1])
    #expect(await eventually { fixture.ready().count == 2 })
    first.ours.hold()
    fixture.table.watch(first.ours)
    #expect(fixture.ready() == [second.ours.registration.token])
    first.ours.release()
    fixture.table.watch(first.ours)
    #expect(fixture.ready().contains(first.ours.registration.token))
  }

  @Test("has the set report a paused connection again")
  func pause() async throws {
    let fixture = try Fixture()
    let (ours, theirs) = try await fixture.add()
    try await theirs.send([1])
    fixture.table.pause(ours, because: .noMemory)
    #expect(ours.isPaused && fixture.ready().isEmpty)
    #expect(
      await eventually {
        // A turn looks at the sockets before it runs the timers.
        _ = fixture.ready()
        return fixture.ready() == [ours.registration.token] && !ours.isPaused
      })
  }
}
