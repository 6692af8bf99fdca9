import Addresses
import Glibc
import Sockets
import SystemPackage
import TestSupport
import Testing

@Suite("A listening socket")
struct ListeningSocketTests {
  @Test(
    "hands out connections with their peers' endpoints",
    arguments: [
      ("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("::", "127.0.0.1"), ("::", "::1"),
      ("0.0.0.0", "127.0.0.2"),
    ])
  func accept(bound: String, asked: String) async throws {
    let listening = try ListeningSocket(boundTo: .at(bound), backlog: 8)
    let port = try #require(try listening.descriptor.localEndpoint()).port
    let client = try PlainSocket(connectedTo: .at(asked, port: port))
    let accepted = try listening.acceptNext()
    #expect(try accepted.peer == client.localEndpoint())
    #expect(accepted.peer?.address.isIPv4 == IPAddress(asked)?.isIPv4)
    let socket = accepted.takeSocket()
    guard case .done(2) = try socket.send([1, 2]) else {
      Issue.record("nothing was sent")
      return
    }
    #expect(try await client.receive() == [1, 2])
  }

  @Test("has none when nobody is waiting, and never blocks, nor do its connections")
  func nobody() throws {
    let listening = try ListeningSocket(boundTo: .at("127.0.0.1"), backlog: 8)
    let isNone = try listening.accept() == nil
    #expect(isNone)
    let pair = try ConnectedPair()
    var buffer = [UInt8](repeating: 0, count: 10)
    #expect(try pair.ours.receive(into: &buffer) == .wouldBlock)
  }

  @Test("has its port for itself until it shares it", arguments: ["127.0.0.1", "::"])
  func sharedPort(address: String) throws {
    let first = try ListeningSocket(boundTo: .at(address), backlog: 1)
    let endpoint = try #require(try first.descriptor.localEndpoint())
    for sharing in [false, true] {
      #expect(throws: Errno.addressInUse) {
        _ = try ListeningSocket(boundTo: endpoint, backlog: 1, sharingPort: sharing)
      }
    }
    try first.descriptor.sharePort()
    #expect(throws: Errno.addressInUse) { _ = try ListeningSocket(boundTo: endpoint, backlog: 1) }
    let second = try ListeningSocket(boundTo: endpoint, backlog: 1, sharingPort: true)
    #expect(try second.descriptor.localEndpoint() == endpoint)
  }

  @Test("leaves IPv4 to another on the same port where it is told to")
  func ipv6Only() async throws {
    let options = BindOptions(isIPv6Only: true)
    let wildcard = try ListeningSocket(boundTo: .at("::", port: freePort()), options, backlog: 1)
    let port = try #require(try wildcard.descriptor.localEndpoint()).port
    let other = try ListeningSocket(boundTo: .at("0.0.0.0", port: port), backlog: 1)
    _ = try PlainSocket(connectedTo: .at("127.0.0.1", port: port))
    _ = try other.acceptNext()
    _ = try PlainSocket(connectedTo: .at("::1", port: port))
    _ = try wildcard.acceptNext()
  }

  @Test("takes a port again at once on which a connection has just ended")
  func portAgain() async throws {
    let endpoint: Endpoint
    do {
      let listening = try ListeningSocket(boundTo: .at("127.0.0.1"), backlog: 1)
      endpoint = try #require(try listening.descriptor.localEndpoint())
      let client = try PlainSocket(connectedTo: endpoint)
      // Our end is sent first, so that it is ours that stays in TIME_WAIT.
      try listening.acceptNext().takeSocket().shutdownSending()
      #expect(try await client.receiveToEnd().isEmpty)
    }
    // A program that another test is starting can have a copy of the socket for a moment.
    let isTaken = await eventually { (try? ListeningSocket(boundTo: endpoint, backlog: 1)) != nil }
    #expect(isTaken)
  }

  @Test("tells where it is: an endpoint or a path")
  func place() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("socket")
    let unix = try ListeningSocket(unixPath: path, backlog: 1)
    #expect(try unix.localUnixPath() == path && unix.descriptor.localEndpoint() == nil)
    let tcp = try ListeningSocket(boundTo: .at("127.0.0.1"), backlog: 1)
    #expect(try tcp.localUnixPath() == nil && tcp.descriptor.localEndpoint()?.address == .loopbackIPv4)
  }

  @Test("removes its file when it is closed, unless another socket has taken the path")
  func file() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("socket")
    do {
      let first = try ListeningSocket(unixPath: path, backlog: 1)
      #expect(access(path, F_OK) == 0)
      // An operator may do this who thinks that the file is stale.
      unlink(path)
      let second = try ListeningSocket(unixPath: path, backlog: 1)
      first.removeFile()
      _ = consume first
      _ = try PlainSocket(connectedToUnixPath: path)
      _ = try second.acceptNext()
    }
    #expect(access(path, F_OK) != 0)
  }

  @Test("welcomes nobody any more once it is told so")
  func stopListening() throws {
    let listening = try ListeningSocket(boundTo: .at("127.0.0.1"), backlog: 8)
    let endpoint = try #require(try listening.descriptor.localEndpoint())
    try listening.stopListening()
    #expect(throws: Errno.invalidArgument) { _ = try listening.accept() }
    let error = #expect(throws: PlainSocket.Failure.self) { try PlainSocket(connectedTo: endpoint) }
    #expect(error?.code == ECONNREFUSED)
  }

  @Test("takes another backlog while it listens", arguments: [1, 4096, .max])
  func backlog(backlog: Int) throws {
    let listening = try ListeningSocket(boundTo: .at("127.0.0.1"), backlog: 1)
    try listening.listen(backlog: backlog)
    _ = try PlainSocket(connectedTo: #require(try listening.descriptor.localEndpoint()))
    _ = try listening.acceptNext()
  }

  @Test("tells an error of one connection from one that makes trying again pointless")
  func errors() {
    for error in [Errno.connectionAbort, .connectionReset, .notPermitted, .protocolError] {
      #expect(ListeningSocket.isOfOneConnection(error))
    }
    for error in [
      Errno.tooManyOpenFiles, .tooManyOpenFilesInSystem, .noBufferSpace, .noMemory, .invalidArgument,
    ] {
      #expect(!ListeningSocket.isOfOneConnection(error))
    }
  }
}
