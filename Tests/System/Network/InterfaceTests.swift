import Addresses
import Glibc
import Sockets
import Testing
import TestSupport

@Suite(
  "A listener on an interface", .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"))
struct InterfaceTests {
  /// Runs echod as a user without capabilities, who may read its configuration.
  private static let asNobody = [
    "/bin/sh", "-c",
    """
    chmod o+r "$4" && exec setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all --inh-caps -all \
    --no-new-privs "$@"
    """, "sh",
  ]

  private func listener(_ name: String, _ transport: String, _ address: String, _ more: String = "") -> String
  {
    #"{ "name": "\#(name)", "transport": "\#(transport)", "address": "\#(address)", "port": 7000\#(more) }"#
  }

  /// What comes back to a client on a host; `nil` if nothing does. A reply has to come from where the request went.
  private func reply(
    to host: TwoHosts.Host, from address: String, over transport: String, zone: String? = nil,
    port: UInt16 = 7000
  ) async throws -> String? {
    let target = zone.map { "[\(address)%\($0)]:\(port)" } ?? "\(address):\(port)"
    let arguments = host.wrapper.dropFirst() + [BuiltProgram.echoc, "talk", "\(transport)://\(target)"]
    let outcome = try await RunningProgram.run(host.wrapper[0], Array(arguments), input: "hello\n".utf8)
    return outcome.ending == .exit(0) ? outcome.text : nil
  }

  @Test(
    "serves only what arrives there, beside one on the same address and another interface, without a privilege",
    arguments: ["udp", "tcp"])
  func twoInterfaces(transport: String) async throws {
    let listeners = [
      listener("first", transport, "0.0.0.0", #", "interface": "\#(TwoHosts.Host.interface)""#),
      listener(
        "second", transport, "0.0.0.0",
        #", "interface": "\#(TwoWires.second)", "queues": 2, "service": "uppercase""#),
    ]
    try await TwoWires.with { hosts in
      let text = #"{ "admin": null, "listeners": [\#(listeners.joined(separator: ","))] }"#
      try await RunningDaemon.with(text, wrapper: hosts.left.wrapper + Self.asNobody) { _ in
        let (left, right) = (hosts.left, hosts.right)
        let replies = [
          try await reply(to: right, from: left.address, over: transport),
          try await reply(to: right, from: TwoWires.secondAddress, over: transport),
          try await reply(to: left, from: "127.0.0.1", over: transport),
        ]
        #expect(replies == ["hello\n", "HELLO\n", nil])
      }
    }
  }

  @Test("is on a link-local address in its zone, and answers from there", arguments: ["udp", "tcp"])
  func zones(transport: String) async throws {
    let listeners = [
      listener("first", transport, "\(TwoWires.linkLocal)%\(TwoHosts.Host.interface)"),
      listener(
        "second", transport, TwoWires.linkLocal,
        #", "interface": "\#(TwoWires.second)", "service": "uppercase""#),
    ]
    try await TwoWires.with { hosts in
      try await HostDaemon.with(on: hosts.left, listeners: listeners.joined(separator: ",")) { daemon in
        for (zone, answer) in [(TwoHosts.Host.interface, "hello\n"), (TwoWires.second, "HELLO\n")] {
          #expect(
            try await reply(to: hosts.right, from: TwoWires.linkLocal, over: transport, zone: zone) == answer)
        }
        let stats = try await daemon.stats()
        #expect(stats.listeners.map(\.address) == ["fe80::1%wire", "fe80::1%wire2"])
        let log = String(decoding: daemon.program.printed(on: .errors), as: UTF8.self)
        #expect(log.contains("first: echo on \(transport) [fe80::1%wire]:7000 is served"))
      }
    }
  }

  @Test("is not needed for clients with link-local addresses", arguments: ["udp", "tcp"])
  func linkLocalClients(transport: String) async throws {
    try await TwoWires.with { hosts in
      try await HostDaemon.with(on: hosts.left, listeners: listener("all", transport, "::")) { _ in
        for zone in [TwoHosts.Host.interface, TwoWires.second] {
          let text = try await reply(to: hosts.right, from: TwoWires.linkLocal, over: transport, zone: zone)
          #expect(text == "hello\n")
        }
      }
    }
  }

  @Test("can have an address that comes later", arguments: ["udp", "tcp"])
  func freeBind(transport: String) async throws {
    let listeners = [
      listener("v4", transport, "10.255.0.77", #", "freeBind": true"#),
      listener("v6", transport, "fe80::77%\(TwoHosts.Host.interface)", #", "freeBind": true"#),
    ]
    try await TwoWires.with { hosts in
      try await HostDaemon.with(on: hosts.left, listeners: listeners.joined(separator: ",")) { _ in
        try await hosts.left.ip("address add 10.255.0.77/24 dev \(TwoHosts.Host.interface)")
        try await hosts.left.ip("address add fe80::77/64 dev \(TwoHosts.Host.interface) nodad")
        #expect(try await reply(to: hosts.right, from: "10.255.0.77", over: transport) == "hello\n")
        let zone = TwoHosts.Host.interface
        #expect(try await reply(to: hosts.right, from: "fe80::77", over: transport, zone: zone) == "hello\n")
      }
    }
  }

  @Test(
    "names an interface that does not exist when it cannot start, and passes the check",
    arguments: [
      (#""address": "0.0.0.0", "interface": "eth9""#, "0.0.0.0:7000 on eth9"),
      (#""address": "fe80::1%eth9""#, "[fe80::1%eth9]:7000"),
    ])
  func missing(members: String, address: String) async throws {
    let text =
      #"{ "admin": null, "listeners": [{ "name": "x", "transport": "udp", "port": 7000, \#(members) }] }"#
    try await TemporaryFile.with(text) { path in
      let check = try await RunningProgram.run(BuiltProgram.echod, ["check", "--config", path])
      #expect(check.ending == .exit(0))
      let run = try await RunningProgram.run(BuiltProgram.echod, ["--config", path])
      #expect(run.ending == .exit(71))
      #expect(run.errors.contains("listener x: cannot bind udp \(address): No such device"))
    }
  }

  private final class Held: Sendable {
    let socket: DatagramSocket

    init(boundTo address: IPAddress, onInterface: Bool = true) throws {
      let wire = try #require(NetworkInterface.index(of: TwoHosts.Host.interface))
      let index = onInterface ? wire : 0
      socket = try DatagramSocket(
        boundTo: Endpoint(address: address, port: 0), BindOptions(interface: index))
    }
  }

  /// Stops a socket on the left host: a datagram from the right host is refused then.
  private func expectNothingReceived(by held: Held, among hosts: TwoHosts) async throws {
    let target = try #require(try held.socket.descriptor.localEndpoint())
    try held.socket.stopReceiving()
    let client = try hosts.right.socket { try PlainSocket(.udp) }
    let left = try #require(IPAddress(hosts.left.address))
    try client.connect(to: Endpoint(address: left, port: target.port))
    // Nobody else is on the port, so the client is told that its datagram was refused.
    try await client.send([1])
    let failure = await #expect(throws: PlainSocket.Failure.self) { try await client.receive() }
    #expect(failure?.code == ECONNREFUSED)
    #expect(try !held.socket.dropDatagram())
  }

  @Test(
    "leaves new datagrams to its successor when it stops receiving",
    arguments: [.anyIPv4, .anyIPv6] as [IPAddress])
  func stopReceiving(address: IPAddress) async throws {
    try await TwoWires.with { hosts in
      let held = try hosts.left.socket { try Held(boundTo: address) }
      try await expectNothingReceived(by: held, among: hosts)
    }
  }

  @Test("and so does a dual-stack one where IPv6 is disabled", arguments: [true, false])
  func stopReceivingWithoutIPv6(onInterface: Bool) async throws {
    try await TwoHosts.with { hosts in
      try await hosts.left.run(["/bin/sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6"])
      let held = try hosts.left.socket { try Held(boundTo: .anyIPv6, onInterface: onInterface) }
      try await expectNothingReceived(by: held, among: hosts)
    }
  }

  @Test("is refused beside one on the same interface by another name", arguments: ["udp", "tcp"])
  func otherName(transport: String) async throws {
    try await TwoHosts.with { hosts in
      try await hosts.left.ip("link property add dev \(TwoHosts.Host.interface) altname other")
      let one = listener("one", transport, "0.0.0.0", #", "interface": "\#(TwoHosts.Host.interface)""#)
      let two = listener("two", transport, "0.0.0.0", #", "interface": "other""#)
      let problem =
        "listener two: cannot bind \(transport) 0.0.0.0:7000 on other: this is the interface of listener one"
      try await HostDaemon.with(on: hosts.left, listeners: one) { daemon in
        try await daemon.reload(listeners: one + "," + two, until: "the old configuration stays in force")
        #expect(String(decoding: daemon.program.printed(on: .errors), as: UTF8.self).contains(problem))
        let text = try await reply(to: hosts.right, from: hosts.left.address, over: transport)
        #expect(text == "hello\n")
      }
    }
  }

  @Test(
    "follows a reload to another interface, and to one that was created again", arguments: ["udp", "tcp"])
  func reload(transport: String) async throws {
    func listeners(on interface: String) -> String {
      listener("moving", transport, "::", #", "interface": "\#(interface)""#)
    }
    try await TwoWires.with { hosts in
      let (left, right) = (hosts.left, hosts.right)
      try await HostDaemon.with(on: left, listeners: listeners(on: TwoHosts.Host.interface)) { daemon in
        #expect(try await reply(to: right, from: left.address, over: transport) == "hello\n")
        try await daemon.reload(listeners: listeners(on: TwoWires.second))
        #expect(try await reply(to: right, from: left.address, over: transport) == nil)
        #expect(try await reply(to: right, from: TwoWires.secondAddress, over: transport) == "hello\n")
        try await left.ip("link delete \(TwoWires.second)")
        try await TwoWires.addSecond(to: hosts)
        try await daemon.reload(listeners: listeners(on: TwoWires.second))
        #expect(try await reply(to: right, from: TwoWires.secondAddress, over: transport) == "hello\n")
      }
    }
  }
}
