import Addresses
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Sockets

@Suite("A stream")
struct StreamSocketTests {
  @Test("tells bytes, an end and nothing apart")
  func received() async throws {
    let pair = try ConnectedPair()
    var buffer = [UInt8](repeating: 0, count: 100)
    #expect(try pair.ours.receive(into: &buffer) == .wouldBlock)
    #expect(try !pair.ours.descriptor.wait(for: .readable, milliseconds: 0))
    try await pair.peer.send(Array("hello".utf8))
    #expect(try pair.ours.descriptor.wait(for: .readable, milliseconds: patience))
    #expect(try pair.ours.receive(into: &buffer, atMost: 3) == .bytes(3))
    #expect(try pair.ours.receive(into: &buffer) == .bytes(2))
    #expect(buffer.prefix(3) == Array("lol".utf8)[...])
    pair.peer.shutdownSending()
    #expect(try pair.ours.descriptor.wait(for: .readable, milliseconds: patience))
    for _ in 0..<2 { #expect(try pair.ours.receive(into: &buffer) == .end) }
  }

  @Test("ends in one direction at a time", arguments: ["127.0.0.1", "::1"])
  func halfClose(address: String) async throws {
    let pair = try ConnectedPair(on: address)
    _ = try pair.ours.send([1, 2, 3])
    try pair.ours.shutdownSending()
    #expect(try await pair.peer.receiveToEnd() == [1, 2, 3])
    try await pair.peer.send([4, 5])
    #expect(try pair.ours.descriptor.wait(for: .readable, milliseconds: patience))
    var buffer = [UInt8](repeating: 0, count: 100)
    #expect(try pair.ours.receive(into: &buffer) == .bytes(2))
    #expect(throws: Errno.brokenPipe) { try pair.ours.send([6]) }
  }

  @Test("takes no more than fits until the peer reads, and knows when the peer's kernel has everything")
  func acknowledged() async throws {
    let pair = try ConnectedPair()
    #expect(pair.ours.isAcknowledged == true)
    let chunk = noise(65_536)
    var sent = 0
    while case .done(let count) = try pair.ours.send(chunk[...]) { sent += count }
    #expect(sent > 0 && !pair.ours.isAcknowledged)
    #expect(try !pair.ours.descriptor.wait(for: .writable, milliseconds: 0))
    #expect(try await pair.peer.receive(exactly: sent).count == sent)
    #expect(await eventually { pair.ours.isAcknowledged })
    try pair.ours.shutdownSending()
    #expect(await eventually { pair.ours.isAcknowledged })
    #expect(try await pair.peer.receiveToEnd().isEmpty)
  }

  @Test("fails and stops nobody when the peer is gone")
  func reset() throws {
    let socket = try resetByPeer()
    #expect(try socket.descriptor.wait(for: .readable, milliseconds: patience))
    var buffer = [UInt8](repeating: 0, count: 100)
    #expect(throws: Errno.connectionReset) { try socket.receive(into: &buffer) }
    #expect(throws: Errno.brokenPipe) { try socket.send([1]) }
  }

  /// A stream whose peer has reset it.
  private func resetByPeer() throws -> StreamSocket {
    let listening = try ListeningSocket(boundTo: .at("127.0.0.1"), backlog: 1)
    let peer = try PlainSocket(connectedTo: #require(try listening.descriptor.localEndpoint()))
    peer.resetOnClose()
    return try listening.acceptNext().takeSocket()
  }

  @Test("connects without blocking", arguments: ["127.0.0.1", "::1"])
  func connects(address: String) throws {
    let listening = try ListeningSocket(boundTo: .at(address), backlog: 1)
    let socket = try StreamSocket(connectingTo: #require(try listening.descriptor.localEndpoint()))
    #expect(try socket.descriptor.wait(for: .writable, milliseconds: patience))
    #expect(throws: Never.self) { try socket.finishConnecting() }
    let accepted = try listening.acceptNext().takeSocket()
    _ = try socket.send([7])
    #expect(try accepted.descriptor.wait(for: .readable, milliseconds: patience))
    var buffer = [UInt8](repeating: 0, count: 100)
    #expect(try accepted.receive(into: &buffer) == .bytes(1))
  }

  @Test("learns once that it is refused")
  func refused() throws {
    // Bound and not listening: nobody else gets the port meanwhile.
    let taken = try PlainSocket(.tcp, boundTo: .at("127.0.0.1"))
    let socket = try StreamSocket(connectingTo: taken.localEndpoint())
    #expect(try socket.descriptor.wait(for: .writable, milliseconds: patience))
    #expect(try socket.pendingError() == .connectionRefused)
    #expect(try socket.pendingError() == nil)
  }

  @Test(
    "finds a connection to itself refused: on loopback the kernel can choose the port that it connects to")
  func itself() throws {
    let plain = try PlainSocket(.tcp, boundTo: .at("127.0.0.1"))
    let endpoint = try plain.localEndpoint()
    let socket = StreamSocket(owning: Descriptor(owning: dup(plain.number)))
    try plain.connect(to: endpoint)
    #expect(try socket.pendingError() == nil)
    #expect(throws: Errno.connectionRefused) { try socket.finishConnecting() }
    #expect(try socket.isConnected(toItselfAs: endpoint))
    let pair = try ConnectedPair()
    #expect(try !pair.ours.isConnected(toItselfAs: endpoint))
  }

  @Test(
    "waits in its receive when it is told to, until something arrives or time is up, and never in a send")
  func waitInReceive() async throws {
    let pair = try ConnectedPair()
    try pair.ours.descriptor.waitInReceive(nanoseconds: 2_000_000)
    var buffer = [UInt8](repeating: 0, count: 100)
    let before = SystemClock.monotonicNanoseconds()
    #expect(try pair.ours.receive(into: &buffer) == .wouldBlock)
    #expect(SystemClock.monotonicNanoseconds() - before >= 2_000_000)
    try await pair.peer.send([7])
    #expect(try pair.ours.descriptor.wait(for: .readable, milliseconds: patience))
    #expect(try pair.ours.receive(into: &buffer) == .bytes(1))
    let chunk = noise(65_536)
    while case .done = try pair.ours.send(chunk[...]) {}
  }

  @Test("is taken over as it is, never blocks and ends with this process", arguments: ["127.0.0.1", "::1"])
  func adopted(address: String) async throws {
    let pair = try ConnectedPair(on: address)
    try pair.ours.descriptor.setKeepAlive(KeepAlive(idleSeconds: 77))
    try await pair.peer.send([1, 2, 3])
    let number = dup(pair.ours.descriptor.number)
    _ = fcntl(number, F_SETFL, 0)
    let socket = try StreamSocket(adopting: Descriptor(owning: number))
    #expect(fcntl(number, F_GETFL) & O_NONBLOCK != 0 && fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
    #expect(try SystemCall.option(socket.descriptor, level: Int32(IPPROTO_TCP), TCP_KEEPIDLE) == 77)
    #expect(try SystemCall.option(socket.descriptor, level: Int32(IPPROTO_TCP), TCP_NODELAY) == 1)
    #expect(try socket.peer() == pair.peer.localEndpoint())
    #expect(try socket.descriptor.wait(for: .readable, milliseconds: patience))
    var buffer = [UInt8](repeating: 0, count: 100)
    #expect(try socket.receive(into: &buffer) == .bytes(3))
    #expect(try socket.receive(into: &buffer) == .wouldBlock)
  }

  @Test("is taken over when it has several paths, if the kernel has Multipath TCP")
  func adoptedMultipath() throws {
    let number = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), Int32(IPPROTO_MPTCP))
    guard number >= 0 else { return }
    let socket = try StreamSocket(adopting: Descriptor(owning: number))
    #expect(socket.peer() == nil)
  }

  @Test("is not taken over when it is not a TCP socket, or listens")
  func notAdopted() throws {
    let listening = try ListeningSocket(boundTo: .at("127.0.0.1"), backlog: 1)
    let udp = try PlainSocket(.udp)
    let directory = try TemporaryDirectory()
    let unix = try ListeningSocket(unixPath: directory.file("socket"), backlog: 1)
    let client = try PlainSocket(connectedToUnixPath: directory.file("socket"))
    let pipe = try Pipe()
    for number in [
      listening.descriptor.number, udp.number, unix.descriptor.number, client.number, pipe.reader.number,
    ] {
      #expect(throws: Errno.protocolWrongTypeForSocket) {
        _ = try StreamSocket(adopting: Descriptor(owning: dup(number)))
      }
    }
  }

  @Test("has no peer after the peer has reset it, but still has one after the peer's FIN")
  func peer() throws {
    let pair = try ConnectedPair()
    pair.peer.shutdownSending()
    #expect(try pair.ours.descriptor.wait(for: .readable, milliseconds: patience))
    #expect(try pair.ours.peer() == pair.peer.localEndpoint())
    let reset = try resetByPeer()
    #expect(try reset.descriptor.wait(for: .readable, milliseconds: patience))
    #expect(reset.peer() == nil)
  }
}
