import Addresses
@testable import EchoCore
import Glibc
import Logging
import Testing
import TestSupport

@testable import EchoServer
@testable import Sockets

@Suite("Passed sockets that nobody serves")
struct UnservedSocketsTests {
  /// A socket that systemd holds too: the test is systemd.
  private struct Passed {
    let transport: Transport
    let manager: PlainSocket
    let place: Endpoint

    init(
      _ transport: Transport, at place: Endpoint = Endpoint(address: .loopbackIPv4, port: 0),
      backlog: Int32 = 1024
    )
      throws
    {
      self.transport = transport
      manager = try PlainSocket(transport == .udp ? .udp : .tcp, boundTo: place)
      if transport == .tcp { try #require(listen(manager.number, backlog) == 0) }
      self.place = try manager.localEndpoint()
    }

    /// What echod gets of it.
    func duplicate() -> Int32 { fcntl(manager.number, F_DUPFD_CLOEXEC, 0) }

    /// Whether a client or a datagram waits, which would make systemd start echod.
    var isReady: Bool {
      var entry = pollfd(fd: manager.number, events: Int16(POLLIN), revents: 0)
      return poll(&entry, 1, 0) > 0
    }

    /// A client that has sent something.
    func client(sending text: String = "hello") async throws -> PlainSocket {
      let client = try PlainSocket(transport == .udp ? .udp : .tcp)
      try client.connect(to: place)
      try await client.send(Array(text.utf8))
      return client
    }

    /// A listener there.
    func listener(change: (inout ListenerConfiguration) -> Void = { _ in }) -> ListenerConfiguration {
      .test(transport, name: "back") {
        $0.port = place.port
        change(&$0)
      }
    }
  }

  private static let elsewhere = ListenerConfiguration.test(.udp, name: "elsewhere")

  private func withServer(
    _ listeners: [ListenerConfiguration], admin: AdminEndpoint? = nil, _ passed: Passed...,
    name: String = "echod.socket", body: (ServerUnderTest) async throws -> Void
  ) async throws {
    var sockets = ActivationSockets()
    for socket in passed { try sockets.add(socket.duplicate(), name: name) }
    try await ServerUnderTest.with(listeners, admin: admin, passed: sockets, body)
  }

  /// Waits until echod ends the connection, and returns the bytes that came before: a reset says the same as an end.
  private func receiveToEnd(_ client: PlainSocket) async throws -> String {
    String(decoding: try await client.receiveToEndOrReset() ?? [], as: UTF8.self)
  }

  @Test("disconnect each of many clients")
  func connections() async throws {
    let passed = try Passed(.tcp)
    try await withServer([Self.elsewhere], passed) { echod in
      let clients = try (0..<200).map { _ in try PlainSocket(connectedTo: passed.place) }
      for client in clients { #expect(try await client.receiveToEnd().isEmpty) }
      #expect(try await receiveToEnd(passed.client()).isEmpty)
    }
  }

  @Test("disconnect a client in the file system")
  func unix() async throws {
    let path = "/tmp/echod-unserved-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"
    let socket = try ListeningSocket(unixPath: path, backlog: 8)
    defer { unlink(path) }
    var passed = ActivationSockets()
    try passed.add(fcntl(socket.descriptor.number, F_DUPFD_CLOEXEC, 0), name: "echod.socket")
    try await ServerUnderTest.with([Self.elsewhere], passed: passed) { echod in
      let received = try await PlainSocket(connectedToUnixPath: path).receiveToEnd()
      #expect(received.isEmpty)
    }
    #expect(access(path, F_OK) == 0)
  }

  @Test("drop datagrams, empty ones too, however many")
  func datagrams() async throws {
    let passed = try Passed(.udp)
    try await withServer([Self.elsewhere], passed) { echod in
      let client = try PlainSocket(.udp)
      for number in 0..<(2 * Sink.batch) { try client.send(noise(number), to: passed.place) }
      let areDropped = await eventually { !passed.isReady }
      #expect(areDropped)
      #expect(!client.hasInput())
    }
  }

  @Test("are disconnected together, beside clients that are served")
  func several() async throws {
    let (tcp, udp, served) = (try Passed(.tcp), try Passed(.udp), try Passed(.tcp))
    try await withServer([served.listener()], tcp, udp, served) { echod in
      let client = try await served.client()
      #expect(try await client.receive(exactly: 5) == Array("HELLO".utf8))
      #expect(try await receiveToEnd(tcp.client()).isEmpty)
      _ = try await udp.client()
      let isDropped = await eventually { !udp.isReady }
      #expect(isDropped)
      #expect(await eventually { await echod.server.isResponsive() })
    }
  }

  @Test("have a queue of their own, only while there are any")
  func cost() async throws {
    let passed = try Passed(.tcp)
    try await withServer([passed.listener()], passed) { echod in
      #expect(await echod.server.unserved == nil)
      try await echod.apply([Self.elsewhere])
      #expect(await echod.server.unserved != nil)
      try await echod.apply([passed.listener()])
      #expect(await echod.server.unserved == nil)
    }
  }

  @Test(
    "are more sockets than a listener has queues, and more than one for the statistics",
    arguments: Transport.allCases)
  func surplus(transport: Transport) async throws {
    let (first, second) = (try Passed(transport), try Passed(transport))
    let listener = ListenerConfiguration.test(transport, name: "web")
    try await withServer([listener], first, second, name: "web") { echod in
      #expect(
        await echod.server.unservedSockets.map(\.reason) == [.surplusOfListener(name: "web", queues: 1)])
      #expect(try await first.client().receive(exactly: 5) == Array("HELLO".utf8))
      let client = try await second.client()
      let isDropped = await eventually { !second.isReady }
      #expect(isDropped)
      if transport == .tcp { #expect(try await receiveToEnd(client).isEmpty) }
      try await echod.apply([listener.changed { $0.queues = 2 }])
      #expect(await echod.server.unservedSockets.isEmpty)
      #expect(try await second.client().receive(exactly: 5) == Array("HELLO".utf8))
    }
  }

  @Test("include a second socket named admin")
  func surplusOfAdmin() async throws {
    let (first, second) = (try Passed(.tcp), try Passed(.tcp))
    let admin = AdminEndpoint.tcp(address: .loopbackIPv4, port: 0)
    try await withServer([Self.elsewhere], admin: admin, first, second, name: "admin") { echod in
      #expect(await echod.server.unservedSockets.map(\.reason) == [.surplusOfAdmin])
      let received = try await receiveToEnd(second.client())
      #expect(received.isEmpty)
    }
  }

  @Test(
    "are not yet those of a listener that a reload takes away: earlier messages are answered, later ones are not",
    arguments: Transport.allCases)
  func leaving(transport: Transport) async throws {
    let passed = try Passed(transport)
    let listener = passed.listener()
    try await withServer([listener], passed) { echod in
      for _ in 0..<20 {
        // Whether the queue has taken it by the time of the reload or not.
        let early = try await passed.client()
        try await echod.apply([Self.elsewhere])
        #expect(try await early.receive(exactly: 5) == Array("HELLO".utf8))
        let late = try await passed.client()
        let isDropped = await eventually { !passed.isReady }
        #expect(isDropped)
        if transport == .tcp { #expect(try await receiveToEnd(late).isEmpty) }
        #expect(!late.hasInput() || transport == .tcp)
        try await echod.apply([listener])
      }
      let client = try await passed.client()
      #expect(try await client.receive(exactly: 5) == Array("HELLO".utf8))
    }
  }

  @Test("keep a connection that was made while they were served")
  func connected() async throws {
    let passed = try Passed(.tcp)
    try await withServer([passed.listener()], passed) { echod in
      let client = try await passed.client()
      #expect(try await client.receive(exactly: 5) == Array("HELLO".utf8))
      try await client.send(Array("again".utf8))
      try await echod.apply([Self.elsewhere])
      #expect(try await receiveToEnd(client) == "AGAIN")
    }
  }

  @Test("are left to systemd on shutdown, with nobody waiting there", arguments: Transport.allCases)
  func stop(transport: Transport) async throws {
    let passed = try Passed(transport)
    try await withServer([Self.elsewhere], passed) { echod in
      _ = try await passed.client()
    }
    #expect(!passed.isReady)
    // A client that comes later makes systemd start echod again.
    let later = try await passed.client()
    let waits = await eventually { passed.isReady }
    #expect(waits)
    #expect(!later.hasInput())
  }

  @Test("are emptied once more before they are left", arguments: Transport.allCases)
  func empty(transport: Transport) async throws {
    let passed = try Passed(transport)
    var sockets = ActivationSockets()
    try sockets.add(passed.duplicate(), name: "echod.socket")
    let assignment = sockets.assigned(
      in: Configuration(admin: nil, drainSeconds: 0, listeners: [Self.elsewhere]))
    let unserved = try UnservedSockets(assignment.unserved.map(\.socket), logger: LogRecorder().logger)
    for _ in 0...Acceptor.defaultBatch { _ = try await passed.client() }
    #expect(passed.isReady)
    await unserved.startAndEmpty()
    #expect(!passed.isReady)
  }

  @Test("are as before when a reload fails")
  func failedReload() async throws {
    let passed = try Passed(.tcp)
    let taken = try Passed(.tcp)
    let log = LogRecorder()
    var sockets = ActivationSockets()
    try sockets.add(passed.duplicate(), name: "echod.socket")
    try await ServerUnderTest.with([passed.listener()], passed: sockets, log: log) { served in
      await #expect(throws: StartError.self) { try await served.apply([taken.listener()]) }
      #expect(log.messages(with: "would not be served: ").count == 1)
      #expect(await served.server.unservedSockets.isEmpty)
      #expect(try await passed.client().receive(exactly: 5) == Array("HELLO".utf8))
      try await served.apply([Self.elsewhere])
      await #expect(throws: StartError.self) { try await served.apply([taken.listener()]) }
      #expect(try await receiveToEnd(passed.client()).isEmpty)
    }
  }

  @Test("are named in the log, the first few of many")
  func log() async throws {
    let passed = try (0..<UnservedSocket.namedCount + 2).map { _ in try Passed(.tcp) }
    let log = LogRecorder()
    var sockets = ActivationSockets()
    for socket in passed { try sockets.add(socket.duplicate(), name: "echod.socket") }
    try await ServerUnderTest.with([Self.elsewhere], passed: sockets, log: log) { echod in
      #expect(
        log.messages(with: "the passed socket \"echod.socket\"").count
          == UnservedSocket.namedCount)
      #expect(log.messages(with: "2 more passed sockets: each is not served").count == 1)
    }
  }
}

extension UnservedSockets {
  /// Both at once: Dispatch does not come between.
  fileprivate func startAndEmpty() {
    start()
    emptyAndStop()
  }
}
