import Addresses
@testable import EchoCore
import Glibc
import Testing
import TestSupport

@testable import EchoServer
@testable import Sockets

@Suite("A passed socket's user")
struct ActivationSocketsTests {
  private let listeners: [ListenerConfiguration]
  private let ports: (own: UInt16, other: UInt16)

  init() {
    ports = (freePort(), freePort())
    let own = ports.own
    listeners = [
      .test(.udp, name: "u") { $0.port = own },
      .test(.tcp, name: "t") { $0.port = own },
    ]
  }

  /// The places of the sockets that each has, and those that nobody serves.
  private struct Outcome: Equatable {
    var listeners: [String: [String]] = [:]
    var admin: [String] = []
    var unserved: [String] = []
  }

  private func outcome(
    of passed: ActivationSockets, _ listeners: [ListenerConfiguration], admin: AdminEndpoint? = nil
  ) throws -> Outcome {
    let configuration = Configuration(
      admin: admin.map { AdminConfiguration($0) }, drainSeconds: 0, listeners: listeners)
    let assignment = passed.assigned(in: configuration)
    var outcome = Outcome(unserved: assignment.unserved.map(\.facts.description))
    for listener in listeners {
      let places = try assignment.sockets(of: listener).compactMap { try $0.boundAddress()?.description }
      if !places.isEmpty { outcome.listeners[listener.name] = places }
    }
    outcome.admin =
      try assignment.admin.map { [try BoundSocket.tcp($0).boundAddress()?.description ?? ""] } ?? []
    return outcome
  }

  private func passed(_ sockets: (name: String, transport: Transport, address: String, port: UInt16)...)
    throws
    -> ActivationSockets
  {
    var passed = ActivationSockets()
    for socket in sockets {
      let endpoint = Endpoint(address: try #require(IPAddress(socket.address)), port: socket.port)
      try passed.add(socket.transport, boundTo: endpoint, name: socket.name)
    }
    return passed
  }

  @Test("is the listener of its name and transport, wherever the socket is bound")
  func names() throws {
    let passed = try passed(
      ("u", .udp, "127.0.0.1", ports.other), ("t", .tcp, "127.0.0.1", ports.other))
    #expect(
      try outcome(of: passed, listeners)
        == Outcome(listeners: ["u": ["udp 127.0.0.1:\(ports.other)"], "t": ["tcp 127.0.0.1:\(ports.other)"]]))
  }

  @Test("is the listener of its address when none has its name, as with all sockets of one unit")
  func addresses() throws {
    let passed = try passed(
      ("echod.socket", .udp, "127.0.0.1", ports.own), ("echod.socket", .tcp, "127.0.0.1", ports.own),
      ("echod.socket", .tcp, "127.0.0.1", ports.other))
    let expected = ["u": ["udp 127.0.0.1:\(ports.own)"], "t": ["tcp 127.0.0.1:\(ports.own)"]]
    let rest = "tcp 127.0.0.1:\(ports.other)"
    #expect(
      try outcome(of: passed, listeners)
        == Outcome(listeners: expected, unserved: ["\"echod.socket\" (\(rest))"]))
    let admin = AdminEndpoint.tcp(address: .loopbackIPv4, port: ports.other)
    #expect(try outcome(of: passed, listeners, admin: admin) == Outcome(listeners: expected, admin: [rest]))
  }

  @Test("is that of its name before that of its address")
  func namesFirst() throws {
    let sockets = try passed(
      ("echod.socket", .tcp, "127.0.0.1", ports.own), ("u", .udp, "127.0.0.1", ports.own),
      ("t", .tcp, "127.0.0.1", ports.other))
    let listeners = [listeners[0], listeners[1].changed { $0.queues = 2 }]
    // The sockets of its name come first to the listener, too.
    let both = ["tcp 127.0.0.1:\(ports.other)", "tcp 127.0.0.1:\(ports.own)"]
    #expect(
      try outcome(of: sockets, listeners)
        == Outcome(listeners: ["u": ["udp 127.0.0.1:\(ports.own)"], "t": both]))
    let namesake = ListenerConfiguration.test(.tcp, name: "echod.socket")
    #expect(
      try outcome(of: sockets, [listeners[1], namesake])
        == Outcome(
          listeners: ["echod.socket": [both[1]], "t": [both[0]]],
          unserved: ["\"u\" (udp 127.0.0.1:\(ports.own))"]))
  }

  @Test("has its transport: a name or an address of the other one is nobody's")
  func transports() throws {
    let passed = try passed(
      ("u", .tcp, "127.0.0.1", ports.other), ("x", .tcp, "127.0.0.1", ports.own),
      ("admin", .udp, "127.0.0.1", ports.own))
    let unserved = [
      "\"u\" (tcp 127.0.0.1:\(ports.other))", "\"x\" (tcp 127.0.0.1:\(ports.own))",
    ]
    #expect(
      try outcome(of: passed, [listeners[0]], admin: .unix(path: "/nowhere"))
        == Outcome(listeners: ["u": ["udp 127.0.0.1:\(ports.own)"]], unserved: unserved))
  }

  @Test("is the admin socket for the name admin, if there is one and no listener has the name")
  func admin() throws {
    let passed = try passed(("admin", .tcp, "127.0.0.1", ports.other))
    let place = "tcp 127.0.0.1:\(ports.other)"
    let anywhere = AdminEndpoint.tcp(address: .loopbackIPv4, port: 0)
    #expect(try outcome(of: passed, listeners, admin: anywhere) == Outcome(admin: [place]))
    #expect(try outcome(of: passed, listeners) == Outcome(unserved: ["\"admin\" (\(place))"]))
    let namesake = ListenerConfiguration.test(.tcp, name: "admin")
    #expect(try outcome(of: passed, [namesake], admin: anywhere) == Outcome(listeners: ["admin": [place]]))
  }

  @Test("is the admin socket for its path in the file system")
  func unixPath() throws {
    let path = "/tmp/echod-passed-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"
    let socket = try ListeningSocket(unixPath: path, backlog: 1)
    defer { unlink(path) }
    var passed = ActivationSockets()
    try passed.add(fcntl(socket.descriptor.number, F_DUPFD_CLOEXEC, 0), name: "echod.socket")
    #expect(try outcome(of: passed, [], admin: .unix(path: path)) == Outcome(admin: ["unix \(path)"]))
    #expect(
      try outcome(of: passed, [], admin: .unix(path: path + "x"))
        == Outcome(unserved: ["\"echod.socket\" (unix \(path))"]))
  }

  @Test(
    "is at the very address, of which a wildcard is one",
    arguments: [
      ("::", "::", true), ("0.0.0.0", "0.0.0.0", true), ("::1", "::1", true),
      ("127.0.0.1", "127.0.0.1", true),
      ("::", "0.0.0.0", false), ("0.0.0.0", "::", false), ("127.0.0.1", "0.0.0.0", false),
      ("::", "127.0.0.1", false), ("127.0.0.2", "127.0.0.1", false), ("::1", "127.0.0.1", false),
    ])
  func wildcards(bound: String, configured: String, isMeant: Bool) throws {
    for transport in Transport.allCases {
      let listener = ListenerConfiguration.test(transport, name: "l", on: configured) { $0.port = ports.own }
      let passed = try passed(("x", transport, bound, ports.own))
      #expect(try outcome(of: passed, [listener]).listeners.isEmpty != isMeant)
    }
  }

  @Test("is nobody by a port of the kernel's choice")
  func anyPort() throws {
    let passed = try passed(("x", .tcp, "127.0.0.1", 0), ("x", .udp, "127.0.0.1", 0))
    let anywhere = AdminEndpoint.tcp(address: .loopbackIPv4, port: 0)
    let outcome = try outcome(of: passed, [.test(.tcp), .test(.udp)], admin: anywhere)
    #expect(outcome.listeners.isEmpty && outcome.admin.isEmpty && outcome.unserved.count == 2)
  }
}

extension ActivationSockets {
  /// Adds a socket as systemd would have made it, and returns where it is bound.
  @discardableResult
  mutating func add(_ transport: Transport, boundTo endpoint: Endpoint, name: String = "echod.socket") throws
    -> Endpoint
  {
    let number: Int32
    let bound: Endpoint?
    switch transport {
    case .udp:
      let socket = try DatagramSocket(boundTo: endpoint, sharingPort: true)
      (number, bound) = (
        fcntl(socket.descriptor.number, F_DUPFD_CLOEXEC, 0), try socket.descriptor.localEndpoint()
      )
    case .tcp:
      let socket = try ListeningSocket(boundTo: endpoint, backlog: 8, sharingPort: true)
      try socket.listen(backlog: 8)
      (number, bound) = (
        fcntl(socket.descriptor.number, F_DUPFD_CLOEXEC, 0), try socket.descriptor.localEndpoint()
      )
    }
    try add(number, name: name)
    return try #require(bound)
  }
}
