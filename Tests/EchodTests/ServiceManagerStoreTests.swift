import Glibc
import Sockets
import TestSupport
import Testing

@testable import EchoServer
@testable import echod

@Suite("systemd's descriptor store")
struct ServiceManagerStoreTests {
  /// A service manager, and what the daemon sends to it.
  private struct Manager {
    let path = "/tmp/echod-store-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    let socket: PlainSocket
    let link: ManagerLink

    init() throws {
      socket = try PlainSocket(hearingAtUnixPath: path)
      link = try #require(ManagerLink(to: path))
    }

    /// The next messages.
    func receive(_ count: Int) async throws -> [ReceivedDescriptors] {
      var messages: [ReceivedDescriptors] = []
      for _ in 0..<count { messages.append(try await socket.receiveWithDescriptors()) }
      return messages
    }

    /// Takes no more messages.
    func fill() {
      while case .done? = try? link.sendNow(ManagerMessage(text: "X=1")) {}
    }

    func leave() { unlink(path) }
  }

  private static func stored(_ name: String) -> String { "FDSTORE=1\nFDNAME=\(name)\nFDPOLL=0" }

  /// What a process passes on: open as long as it exists.
  private final class Files: Sendable {
    let first: WakeUp
    let second: WakeUp

    init() throws { (first, second) = (try WakeUp(), try WakeUp()) }

    var parcels: [(name: String, descriptors: DescriptorList)] {
      var (connections, state) = (DescriptorList(), DescriptorList())
      connections.append(first.descriptor)
      connections.append(second.descriptor)
      state.append(first.descriptor)
      return [("connections", connections), ("empty", DescriptorList()), ("state", state)]
    }
  }

  @Test("gets each listener's sockets, and is told to remove them")
  func keep() async throws {
    let manager = try Manager()
    defer { manager.leave() }
    let store = ServiceManagerStore(over: manager.link)
    let sockets = [try kept("echod-listener-a", count: 3), try kept("echod-listener-b")]
    store.keep(sockets)
    let messages = try await manager.receive(2)
    #expect(messages.map(\.text) == sockets.map { Self.stored($0.name) })
    #expect(messages.map(\.inodes) == sockets.map(\.numbers))
    store.keep([sockets[1]])
    store.remove(["echod-state"])
    let removals = try await manager.receive(2).map(\.text)
    #expect(removals == ["echod-listener-a", "echod-state"].map { "FDSTOREREMOVE=1\nFDNAME=\($0)" })
    #expect(!manager.socket.hasInput())
  }

  @Test("keeps what an earlier process put there")
  func earlier() async throws {
    let manager = try Manager()
    defer { manager.leave() }
    let sockets = try kept("echod-listener-a", count: 2)
    let store = ServiceManagerStore(over: manager.link, stored: [sockets.name: Set(sockets.numbers)])
    store.keep([sockets])
    #expect(!manager.socket.hasInput())
  }

  @Test("takes more names than a socket's queue has room for, after what is more urgent")
  func manyNames() async throws {
    let manager = try Manager()
    defer { manager.leave() }
    let store = ServiceManagerStore(over: manager.link)
    let sockets = try (0..<60).map { try kept("echod-listener-\($0)") }
    store.keep(sockets)
    manager.link.send("WATCHDOG=1", .watchdog)
    var texts: [String] = []
    while texts.count < 61 { texts.append(try await manager.socket.receiveWithDescriptors().text) }
    #expect(texts.filter { $0 != "WATCHDOG=1" } == sockets.map { Self.stored($0.name) })
    #expect(texts.last != "WATCHDOG=1")
  }

  @Test("takes what is passed on after everything else, and confirms it at the end")
  func passOn() async throws {
    let manager = try Manager()
    defer { manager.leave() }
    let store = ServiceManagerStore(over: manager.link, patience: .seconds(3600))
    let sockets = try (0..<30).map { try kept("echod-listener-\($0)") }
    store.keep(sockets)
    let files = try Files()
    async let isPassedOn = store.passOn(files.parcels)
    let messages = try await manager.receive(32)
    #expect(messages.prefix(30).map(\.text) == sockets.map { Self.stored($0.name) })
    let (first, second) = (inode(files.first.number), inode(files.second.number))
    #expect(messages.suffix(2).map(\.text) == [Self.stored("connections"), Self.stored("state")])
    #expect(messages.suffix(2).map(\.inodes) == [[first, second], [first]])
    var barrier: ReceivedDescriptors? = try await manager.socket.receiveWithDescriptors()
    #expect(barrier?.text == "BARRIER=1" && barrier?.numbers.count == 1)
    barrier = nil
    #expect(await isPassedOn)
  }

  @Test(
    "has taken nothing if the barrier's descriptor stays open, and is told to remove what was sent")
  func barrier() async throws {
    let manager = try Manager()
    defer { manager.leave() }
    let store = ServiceManagerStore(over: manager.link, patience: .milliseconds(100))
    let files = try Files()
    async let isPassedOn = store.passOn(files.parcels)
    let messages = try await manager.receive(3)
    #expect(messages.last?.text == "BARRIER=1")
    #expect(await !isPassedOn)
    withExtendedLifetime(messages) {}
    let removals = try await manager.receive(2).map(\.text)
    #expect(removals == ["connections", "state"].map { "FDSTOREREMOVE=1\nFDNAME=\($0)" })
  }

  @Test("is given up when the manager is frozen, and what was not sent is not sent later")
  func frozen() async throws {
    let manager = try Manager()
    defer { manager.leave() }
    let store = ServiceManagerStore(over: manager.link, patience: .milliseconds(100))
    manager.fill()
    store.keep([try kept("echod-listener-a")])
    #expect(await !store.passOn(try Files().parcels))
    var texts: [String] = []
    while texts.last != Self.stored("echod-listener-a") {
      texts.append(try await manager.socket.receiveWithDescriptors().text)
    }
    #expect(texts.dropLast().allSatisfy { $0 == "X=1" } && !manager.socket.hasInput())
  }

  @Test("is given up at once when the manager is gone, and told everything again when it is back")
  func gone() async throws {
    let manager = try Manager()
    manager.leave()
    let store = ServiceManagerStore(over: manager.link, patience: .seconds(3600))
    let sockets = [try kept("echod-listener-a")]
    store.keep(sockets)
    #expect(await !store.passOn(try Files().parcels))
    let back = try PlainSocket(hearingAtUnixPath: manager.path)
    defer { manager.leave() }
    store.keep(sockets)
    #expect(try await back.receiveWithDescriptors().inodes == sockets[0].numbers)
  }

  @Test("is given up at once when the task is cancelled")
  func cancelled() async throws {
    let manager = try Manager()
    defer { manager.leave() }
    let store = ServiceManagerStore(over: manager.link, patience: .seconds(3600))
    manager.fill()
    let files = try Files()
    let task = Task { await store.passOn(files.parcels) }
    task.cancel()
    #expect(await !task.value)
  }
}
