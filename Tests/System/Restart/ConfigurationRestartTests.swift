import Addresses
import Testing
import TestSupport

@Suite("A restart of echod with another configuration")
struct ConfigurationRestartTests {
  private static func file(_ listeners: String..., admin: String = #"{ "port": 0 }"#) -> String {
    #"{ "admin": \#(admin), "drainSeconds": 1, "listeners": [\#(listeners.joined(separator: ", "))] }"#
  }

  private static func tcp(_ keys: String = "", name: String = "t") -> String {
    #"{ "name": "\#(name)", "transport": "tcp", "port": 0\#(keys) }"#
  }

  private static func udp(_ keys: String = "", port: UInt16 = 0, address: String = "127.0.0.1") -> String {
    #"{ "name": "u", "transport": "udp", "address": "\#(address)", "port": \#(port)\#(keys) }"#
  }

  @Test("keeps the ports that the kernel chose")
  func ports() async throws {
    try await StoringManager.with(Self.file(Self.tcp(), Self.udp())) { manager in
      let ports = { (daemon: RunningDaemon) in
        [try daemon.endpoint(of: "t"), try daemon.endpoint(of: "u"), try daemon.adminEndpoint()]
      }
      let before = try await manager.run { try ports($0) }
      #expect(
        manager.names.filter { $0.hasPrefix("echod-listener-") } == ["echod-listener-t", "echod-listener-u"])
      for _ in 0..<2 {
        let after = try await manager.run { try ports($0) }
        #expect(after == before)
      }
    }
  }

  @Test("ends the connections of a listener that is gone, and frees its port")
  func removed() async throws {
    try await StoringManager.with(Self.file(Self.tcp(), Self.tcp(name: "gone"))) { manager in
      let (stays, leaves, port) = try await manager.run { daemon in
        (
          try await daemon.knownClient(of: "t"), try await daemon.knownClient(of: "gone"),
          try daemon.port(of: "gone")
        )
      }
      try await leaves.send(Array("unanswered".utf8))
      try manager.configure(Self.file(Self.tcp()))
      try await manager.run(thenBy: .stop) { daemon async throws in
        // As after a reload: what it had sent may be answered, and then comes the end.
        let rest = try await leaves.receiveToEndOrReset() ?? []
        #expect("unanswered".utf8.starts(with: rest))
        #expect(try await stays.echo(of: "after") == "after")
        let isFree = await eventually { !manager.names.contains("echod-listener-gone") }
        #expect(isFree)
        #expect(throws: PlainSocket.Failure.self) { try PlainSocket(connectedTo: .local(port)) }
      }
    }
  }

  @Test("leaves the port of a listener that is gone to other programs, and closes what it does not need")
  func port() async throws {
    try await StoringManager.with(Self.file(Self.tcp(), Self.udp())) { manager in
      let (port, before) = try await manager.run { daemon in
        (try daemon.port(of: "u"), ProcessFacts(pid: daemon.program.pid).descriptors)
      }
      try manager.configure(Self.file(Self.tcp()))
      try await manager.run(thenBy: .stop) { daemon async throws in
        let isFree = await eventually { (try? PlainSocket(.udp, boundTo: .local(port))) != nil }
        #expect(isFree)
        let isClosed = await eventually {
          ProcessFacts(pid: daemon.program.pid).descriptors < before
        }
        #expect(isClosed)
      }
    }
  }

  @Test("serves what waits with the new service, and ends the connections of the old one")
  func service() async throws {
    let capitals = #", "service": "uppercase""#
    try await StoringManager.with(Self.file(Self.tcp(), Self.udp())) { manager in
      let datagrams = try PlainSocket.datagrams()
      let (client, tcp, udp) = try await manager.run { daemon in
        (try await daemon.knownClient(of: "t"), try daemon.port(of: "t"), try daemon.port(of: "u"))
      }
      let early = try PlainSocket(connectedTo: .local(tcp))
      try await early.send(Array("early".utf8))
      try datagrams.send(Array("early".utf8), to: .local(udp))
      try manager.configure(Self.file(Self.tcp(capitals), Self.udp(capitals)))
      try await manager.run(thenBy: .stop) { daemon async throws in
        #expect(try await early.text(ofBytes: 5) == "EARLY")
        #expect(try await datagrams.datagram() == "EARLY")
        #expect(try await client.receiveToEnd() == [])
        #expect(try daemon.port(of: "t") == tcp)
        #expect(try daemon.port(of: "u") == udp)
      }
    }
  }

  @Test("ends the connections of clients that are no longer permitted, and counts them as denied")
  func access() async throws {
    let address = #", "address": "0.0.0.0""#
    try await StoringManager.with(Self.file(Self.tcp(address), Self.udp(address: "0.0.0.0"))) { manager in
      let other = IPAddress(v4: 0x7F00_0002)
      let (friend, stranger) = try await manager.run { daemon in
        let server = Endpoint(address: .loopbackIPv4, port: try daemon.endpoint(of: "t").port)
        let clients = try [IPAddress.loopbackIPv4, other].map { address in
          let client = try PlainSocket(.tcp, boundTo: Endpoint(address: address, port: 0))
          try client.connect(to: server)
          return client
        }
        for client in clients { #expect(try await client.echo(of: "before") == "before") }
        return (clients[0], clients[1])
      }
      let allow = #", "allow": ["127.0.0.1/32"]"#
      try manager.configure(Self.file(Self.tcp(address + allow), Self.udp(allow, address: "0.0.0.0")))
      try await manager.run(thenBy: .stop) { daemon in
        #expect(try await stranger.receiveToEnd() == [])
        #expect(try await friend.echo(of: "after") == "after")
        let figures = try await daemon.figures(of: "t")
        #expect(figures.dropped.denied == 1 && figures.clients == .init(current: 1, total: 2))
      }
    }
  }

  @Test("keeps connections beyond a lower limit, and accepts no further ones")
  func lowerLimit() async throws {
    try await StoringManager.with(Self.file(Self.tcp())) { manager in
      let clients = try await manager.run { daemon in
        try await (0..<3).asyncMap { _ in try await daemon.knownClient(of: "t") }
      }
      try manager.configure(Self.file(Self.tcp(#", "maxConnections": 2"#)))
      try await manager.run(thenBy: .stop) { daemon async throws in
        for client in clients { #expect(try await client.echo(of: "after") == "after") }
        #expect(try await daemon.connect(to: "t").receiveToEnd() == [])
        #expect(try await daemon.figures(of: "t").clients.current == 3)
      }
    }
  }

  @Test("binds a listener with another transport or address on the port of an old one")
  func samePort() async throws {
    let port = freePort()
    try await StoringManager.with(Self.file(Self.udp(port: port))) { manager in
      let client = try PlainSocket.datagrams()
      try await manager.run { daemon async throws in
        #expect(try await client.echo(of: "before", from: daemon.endpoint(of: "u")) == "before")
      }
      let tcp = #"{ "name": "u", "transport": "tcp", "port": \#(port) }"#
      try manager.configure(Self.file(tcp))
      try await manager.run { daemon async throws in
        #expect(try await daemon.knownClient(of: "u").echo(of: "over TCP") == "over TCP")
      }
      try manager.configure(Self.file(tcp.replacing("}", with: #", "address": "0.0.0.0" }"#)))
      try await manager.run { daemon async throws in
        let server = Endpoint(address: IPAddress(v4: 0x7F00_0003), port: port)
        #expect(try await PlainSocket(connectedTo: server).echo(of: "elsewhere") == "elsewhere")
      }
      try manager.configure(Self.file(Self.udp(port: port, address: "0.0.0.0")))
      try await manager.run(thenBy: .stop) { daemon async throws in
        let server = Endpoint(address: .loopbackIPv4, port: port)
        #expect(try await client.echo(of: "after", from: server) == "after")
      }
    }
  }

  @Test("takes over with fewer or more queues", arguments: [(from: 1, to: 2), (2, 1), (2, 4)])
  func queues(from: Int, to: Int) async throws {
    try await StoringManager.with(Self.file(Self.udp(#", "queues": \#(from)"#))) { manager in
      let clients = try (0..<16).map { _ in try PlainSocket.datagrams() }
      let port = try await manager.run { try $0.port(of: "u") }
      for client in clients { try client.send(Array("between".utf8), to: .local(port)) }
      try manager.configure(Self.file(Self.udp(#", "queues": \#(to)"#)))
      try await manager.run { daemon async throws in
        for client in clients { #expect(try await client.datagram() == "between") }
        for client in clients { #expect(try await client.echo(of: "after", from: .local(port)) == "after") }
      }
      #expect(manager["echod-listener-u"].count == to)
    }
  }

  @Test("that is invalid loses nothing: the next start takes everything", arguments: ["{", "[]", ""])
  func invalid(text: String) async throws {
    let valid = Self.file(Self.tcp(), Self.udp())
    try await StoringManager.with(valid) { manager in
      let datagrams = try PlainSocket.datagrams()
      let (client, port) = try await manager.run { daemon in
        (try await daemon.knownClient(of: "t"), try daemon.port(of: "u"))
      }
      let stored = manager.names
      try datagrams.send(Array("between".utf8), to: .local(port))
      for _ in 0..<2 {
        try manager.configure(text)
        let ending = try await manager.startDaemon { try await $0.outcome().ending }
        #expect(ending == .exit(75))
        #expect(manager.names == stored)
      }
      try manager.configure(valid)
      try await manager.run(thenBy: .stop) { daemon async throws in
        #expect(try await client.echo(of: "after") == "after")
        #expect(try await datagrams.datagram() == "between")
        #expect(try await daemon.stats().restored?.lost == 0)
      }
    }
  }
}
