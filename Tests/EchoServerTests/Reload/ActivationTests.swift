import Addresses
import EchoCore
import Glibc
import Testing
import TestSupport

@testable import EchoServer
@testable import Sockets

@Suite("A server with passed sockets")
struct ActivationTests {
  private let port = freePort()
  private var server: Endpoint { Endpoint(address: .loopbackIPv4, port: port) }

  /// A listener where the passed sockets are.
  private func listener(
    _ transport: Transport, _ service: Service = .uppercase, name: String? = nil,
    change: (inout ListenerConfiguration) -> Void = { _ in }
  ) -> ListenerConfiguration {
    .test(transport, service, name: name) {
      $0.port = server.port
      change(&$0)
    }
  }

  private func passed(_ transports: Transport..., name: String = "echod.socket") throws -> ActivationSockets {
    var passed = ActivationSockets()
    for transport in transports { try passed.add(transport, boundTo: server, name: name) }
    return passed
  }

  /// What comes back, asked often enough that every socket of the port is asked.
  private func answers(over transport: Transport) async throws -> Set<String> {
    var answers: Set<String> = []
    for _ in 0..<16 {
      let client = try PlainSocket(transport == .udp ? .udp : .tcp)
      try client.connect(to: server)
      try await client.send(Array("hello".utf8))
      answers.insert(String(decoding: try await client.receive(exactly: 5), as: UTF8.self))
    }
    return answers
  }

  @Test("serves by the sockets of one unit every listener and the statistics")
  func unit() async throws {
    var passed = try passed(.udp, .tcp)
    let statistics = try passed.add(.tcp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
    let admin = AdminEndpoint.tcp(address: statistics.address, port: statistics.port)
    try await ServerUnderTest.with([listener(.udp), listener(.tcp)], admin: admin, passed: passed) { echod in
      for transport in Transport.allCases { #expect(try await answers(over: transport) == ["HELLO"]) }
      let client = try PlainSocket(connectedTo: statistics)
      try await client.send(Array("GET /healthz HTTP/1.0\r\n\r\n".utf8))
      #expect(String(decoding: try await client.receiveToEnd(), as: UTF8.self).hasSuffix("ok\n"))
    }
  }

  @Test("serves the statistics by a socket in the file system, and leaves its file to systemd")
  func unixAdmin() async throws {
    let path = "/tmp/echod-passed-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"
    let socket = try ListeningSocket(unixPath: path, backlog: 8)
    defer { unlink(path) }
    var passed = ActivationSockets()
    try passed.add(fcntl(socket.descriptor.number, F_DUPFD_CLOEXEC, 0), name: "echod.socket")
    try await ServerUnderTest.with([.test(.udp)], admin: .unix(path: path), passed: passed) { echod in
      let client = try PlainSocket(connectedToUnixPath: path)
      try await client.send(Array("GET /healthz HTTP/1.0\r\n\r\n".utf8))
      #expect(String(decoding: try await client.receiveToEnd(), as: UTF8.self).hasSuffix("ok\n"))
    }
    #expect(access(path, F_OK) == 0)
  }

  @Test("serves IPv4 too by a socket that is bound to every address", arguments: Transport.allCases)
  func dualStack(transport: Transport) async throws {
    var passed = ActivationSockets()
    try passed.add(transport, boundTo: Endpoint(address: .anyIPv6, port: server.port))
    try await ServerUnderTest.with([listener(transport) { $0.address = .anyIPv6 }], passed: passed) { echod in
      let replies = try await answers(over: transport)
      #expect(replies == ["HELLO"])
    }
  }

  @Test("serves by a socket on an interface the listener that is on it, and no other")
  func interface() async throws {
    let loopback = try #require(NetworkInterface.index(of: "lo"))
    let socket = try DatagramSocket(boundTo: server, BindOptions(interface: loopback))
    var passed = ActivationSockets()
    try passed.add(fcntl(socket.descriptor.number, F_DUPFD_CLOEXEC, 0), name: "echod.socket")
    let elsewhere = ListenerConfiguration.test(.udp, name: "elsewhere")
    try await ServerUnderTest.with([listener(.udp) { $0.interface = "lo" }, elsewhere], passed: passed) {
      echod in
      let unserved = await echod.server.unservedSockets
      let replies = try await answers(over: .udp)
      #expect(unserved.isEmpty && replies == ["HELLO"])
    }
    try await ServerUnderTest.with([elsewhere], passed: passed) { echod in
      let names = await echod.server.unservedSockets.map(\.description)
      #expect(names == ["\"echod.socket\" (udp \(server) on lo)"])
    }
  }

  @Test("binds no address that a passed socket covers, and says which that is", arguments: Transport.allCases)
  func covered(transport: Transport) async throws {
    var passed = ActivationSockets()
    try passed.add(transport, boundTo: Endpoint(address: .anyIPv6, port: server.port), name: "echod.socket")
    let log = LogRecorder()
    let wanted = [
      listener(transport, name: "any6") { $0.address = .anyIPv6 },
      listener(transport, name: "any4") { $0.address = .anyIPv4 },
    ]
    let error = await #expect(throws: StartError.self) {
      try await ServerUnderTest.with(wanted, passed: passed, log: log) { _ in }
    }
    #expect(error?.description.hasPrefix("listener any4: cannot bind ") == true)
    let warning =
      "the passed socket \"echod.socket\" (\(transport) [::]:\(server.port)) is on the same port; "
    #expect(log.messages(with: warning).count == 1)
  }

  @Test(
    "serves every socket of the address with as many queues, and binds those that lack",
    arguments: Transport.allCases)
  func queues(transport: Transport) async throws {
    for count in [1, 2] {
      var passed = ActivationSockets()
      for _ in 0..<count { try passed.add(transport, boundTo: server) }
      try await ServerUnderTest.with([listener(transport) { $0.queues = 2 }], passed: passed) { echod in
        let replies = try await answers(over: transport)
        #expect(replies == ["HELLO"])
      }
    }
  }

  @Test("answers no datagram from any passed socket of ours, though a listener has them on several ports")
  func loopGuard() async throws {
    var passed = ActivationSockets()
    try passed.add(.udp, boundTo: server, name: "u")
    // The test holds the second socket too, and so can send from its port.
    let second = try PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
    try passed.add(fcntl(second.number, F_DUPFD_CLOEXEC, 0), name: "u")
    try await ServerUnderTest.with([.test(.udp, name: "u") { $0.queues = 2 }], passed: passed) { echod in
      try second.send(Array("loop".utf8), to: server)
      let isGuarded = try await eventually { try await echod.statistics("u")[.loopGuard] == 1 }
      #expect(isGuarded)
      #expect(try await echod.statistics("u")[.messagesSent] == 0)
    }
  }

  @Test("gives a passed socket to the listener that a reload puts there", arguments: Transport.allCases)
  func reload(transport: Transport) async throws {
    let elsewhere = ListenerConfiguration.test(transport, name: "elsewhere")
    try await ServerUnderTest.with([elsewhere], passed: passed(transport)) { echod in
      try await echod.apply([elsewhere, listener(transport, .echo, name: "added")])
      #expect(try await answers(over: transport) == ["hello"])
      try await echod.apply([listener(transport, name: "elsewhere")])
      #expect(try await answers(over: transport) == ["HELLO"])
      try await echod.apply([listener(transport, .echo, name: "renamed") { $0.queues = 2 }])
      #expect(try await answers(over: transport) == ["hello"])
      try await echod.apply([elsewhere])
      try await echod.apply([listener(transport, name: "back")])
      #expect(try await answers(over: transport) == ["HELLO"])
    }
  }

  @Test("gives a passed socket to a new listener of its name", arguments: Transport.allCases)
  func namesake(transport: Transport) async throws {
    try await ServerUnderTest.with(
      [listener(transport, .echo)], passed: passed(transport, name: "web")
    ) { echod in
      #expect(try await answers(over: transport) == ["hello"])
      // Both cannot have it: what could not be started is not reloaded either.
      let namesake = ListenerConfiguration.test(transport, name: "web")
      let error = await #expect(throws: StartError.self) {
        try await echod.apply([listener(transport, .echo), namesake])
      }
      #expect(error?.description.hasSuffix("\(server): Address already in use") == true)
      #expect(try await answers(over: transport) == ["hello"])
      try await echod.apply([namesake])
      #expect(try await answers(over: transport) == ["HELLO"])
    }
  }

  @Test("says that nobody serves a passed socket, at the start and after each reload that leaves it unserved")
  func unserved() async throws {
    let log = LogRecorder()
    let elsewhere = ListenerConfiguration.test(.tcp, name: "elsewhere")
    try await ServerUnderTest.with([elsewhere], passed: passed(.tcp), log: log) { echod in
      let warning = "the passed socket \"echod.socket\" (tcp \(server)) is not served, so its clients are"
      #expect(log.messages(with: warning).count == 1)
      try await echod.apply([listener(.tcp)])
      #expect(log.messages(with: warning).count == 1)
      #expect(await echod.server.unservedSockets.isEmpty)
      for count in [2, 3] {
        try await echod.apply([elsewhere])
        #expect(log.messages(with: warning).count == count)
      }
      #expect(await echod.server.unservedSockets.map(\.reason) == [.noOwner])
    }
  }

  @Test("moves the statistics to another socket when a listener takes the name of theirs")
  func adminsNamesake() async throws {
    let admin = AdminEndpoint.tcp(address: .loopbackIPv4, port: 0)
    try await ServerUnderTest.with([.test(.udp)], admin: admin, passed: passed(.tcp, name: "admin")) {
      echod in
      let first = AdminEndpoint.tcp(address: server.address, port: server.port)
      #expect(await echod.server.adminEndpoint == first)
      try await echod.apply([.test(.tcp, name: "admin")], admin: admin)
      #expect(await echod.server.adminEndpoint != first)
      #expect(try await answers(over: .tcp) == ["HELLO"])
      try await echod.apply([.test(.udp)], admin: admin)
      #expect(await echod.server.adminEndpoint == first)
    }
  }

  @Test("refuses to move to every address, where the passed socket would stay", arguments: Transport.allCases)
  func wildcard(transport: Transport) async throws {
    let manager = try PlainSocket(transport == .udp ? .udp : .tcp, boundTo: server)
    if transport == .tcp { try #require(listen(manager.number, 8) == 0) }
    var passed = ActivationSockets()
    try passed.add(fcntl(manager.number, F_DUPFD_CLOEXEC, 0), name: "echod.socket")
    try await ServerUnderTest.with([listener(transport)], passed: passed) { echod in
      await #expect(throws: StartError.self) {
        try await echod.apply([listener(transport) { $0.address = .anyIPv4 }])
      }
      let replies = try await answers(over: transport)
      #expect(replies == ["HELLO"])
    }
  }
}
