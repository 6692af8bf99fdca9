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
    let port = try #require(try listening.localEndpoint()).port
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

  @Test("has none when nobody waits, and never blocks, nor do its connections")
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
    let endpoint = try #require(try first.localEndpoint())
    for sharing in [false, true] {
      #expect(throws: Errno.addressInUse) {
        _ = try ListeningSocket(boundTo: endpoint, backlog: 1, sharingPort: sharing)
      }
    }
    try first.sharePort()
    #expect(throws: Errno.addressInUse) { _ = try ListeningSocket(boundTo: endpoint, backlog: 1) }
    let second = try ListeningSocket(boundTo: endpoint, backlog: 1, sharingPort: true)
    #expect(try second.localEndpoint() == endpoint)
  }

  @Test("takes a port again at once on which a connection has just ended")
  func portAgain() async throws {
    let endpoint: Endpoint
    do {
      let listening = try ListeningSocket(boundTo: .at("127.0.0.1"), backlog: 1)
      endpoint = try #require(try listening.localEndpoint())
      let client = try PlainSocket(connectedTo: endpoint)
      // Our end is sent first, so that it is ours that stays in TIME_WAIT.
      try listening.acceptNext().takeSocket().shutdownSending()
      #expect(try await client.receiveToEnd().isEmpty)
    }
    let next = try ListeningSocket(boundTo: endpoint, backlog: 1)
    #expect(try next.localEndpoint() == endpoint)
  }

  @Test("welcomes nobody any more once it is told so")
  func stopListening() throws {
    let listening = try ListeningSocket(boundTo: .at("127.0.0.1"), backlog: 8)
    let endpoint = try #require(try listening.localEndpoint())
    try listening.stopListening()
    #expect(throws: Errno.invalidArgument) { _ = try listening.accept() }
    let error = #expect(throws: PlainSocket.Failure.self) { try PlainSocket(connectedTo: endpoint) }
    #expect(error?.code == ECONNREFUSED)
  }

  @Test("takes another backlog while it listens", arguments: [1, 4096, .max])
  func backlog(backlog: Int) throws {
    let listening = try ListeningSocket(boundTo: .at("127.0.0.1"), backlog: 1)
    try listening.listen(backlog: backlog)
    _ = try PlainSocket(connectedTo: #require(try listening.localEndpoint()))
    _ = try listening.acceptNext()
  }

  @Test("tells a shortage of this process from a connection that died")
  func shortages() {
    for error in [Errno.tooManyOpenFiles, .tooManyOpenFilesInSystem, .noBufferSpace, .noMemory] {
      #expect(ListeningSocket.isShortage(error))
    }
    for error in [Errno.connectionAbort, .connectionReset, .notPermitted, .invalidArgument] {
      #expect(!ListeningSocket.isShortage(error))
    }
  }
}

@Suite("A listening socket in the file system")
struct UnixListeningSocketTests {
  @Test("hands out connections whose peers have no endpoint")
  func accept() async throws {
    let directory = try TemporaryDirectory()
    let listening = try ListeningSocket(unixPath: directory.file("socket"), backlog: 8)
    #expect(try listening.localEndpoint() == nil)
    let client = try PlainSocket(connectedToUnixPath: directory.file("socket"))
    let accepted = try listening.acceptNext()
    #expect(accepted.peer == nil)
    try await client.send([1, 2, 3])
    var buffer = [UInt8](repeating: 0, count: 10)
    #expect(try accepted.takeSocket().receive(into: &buffer) == .bytes(3))
  }

  @Test("takes the place of one that a dead process left")
  func leftover() throws {
    let path = try TemporaryDirectory()
    try PlainSocket.leaveUnixSocket(at: path.file("socket"))
    #expect(throws: PlainSocket.Failure.self) {
      try PlainSocket(connectedToUnixPath: path.file("socket"))
    }
    let listening = try ListeningSocket(unixPath: path.file("socket"), backlog: 8)
    _ = try PlainSocket(connectedToUnixPath: path.file("socket"))
    _ = try listening.acceptNext()
  }

  @Test("leaves one alone that answers")
  func live() throws {
    let directory = try TemporaryDirectory()
    let first = try ListeningSocket(unixPath: directory.file("socket"), backlog: 8)
    #expect(throws: Errno.addressInUse) {
      _ = try ListeningSocket(unixPath: directory.file("socket"), backlog: 8)
    }
    _ = try PlainSocket(connectedToUnixPath: directory.file("socket"))
    // Whoever asked whether it is alive waits there too, and is gone already.
    _ = try first.acceptNext()
    _ = try first.acceptNext()
  }

  @Test("leaves every other kind of file alone", arguments: ["file", "link", "directory"])
  func otherFiles(kind: String) throws {
    let directory = try TemporaryDirectory()
    let path = directory.file(kind)
    switch kind {
    case "file": close(open(path, O_CREAT | O_WRONLY, 0o600))
    case "link": try #require(symlink("/nowhere", path) == 0)
    default: try #require(mkdir(path, 0o700) == 0)
    }
    defer { rmdir(path) }
    #expect(throws: Errno.addressInUse) { _ = try ListeningSocket(unixPath: path, backlog: 8) }
    var status = stat()
    #expect(lstat(path, &status) == 0)
  }

  @Test("is refused a path that does not fit", arguments: ["", "/" + String(repeating: "a", count: 107)])
  func longPath(path: String) {
    #expect(throws: Errno.fileNameTooLong) { _ = try ListeningSocket(unixPath: path, backlog: 8) }
  }
}
