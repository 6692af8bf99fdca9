import Testing

/// A machine with an echod to restart.
enum RestartSetup {
  /// Echoes on port 7000 of both transports, and more listeners. The receive buffer has room for some 500 of the clients'
  /// datagrams.
  static func configuration(
    maxConnections: Int = 1000, service: String = "echo", more: [String] = []
  ) -> String {
    let listeners = [
      #"{ "name": "udp", "transport": "udp", "port": 7000, "receiveBufferBytes": 212992 }"#,
      tcpListener(port: 7000, service: service, maxConnections: maxConnections),
    ]
    return """
      { "admin": { "port": 8080 }, "listeners": [
        \((listeners + more).joined(separator: ",\n  "))
      ] }
      """
  }

  /// A TCP listener, whose name is `tcp-PORT`.
  static func tcpListener(port: Int, service: String = "echo", maxConnections: Int = 1000) -> String {
    """
    { "name": "tcp-\(port)", "transport": "tcp", "port": \(port), "service": "\(service)", \
    "maxConnections": \(maxConnections) }
    """
  }

  /// Boots a machine with echod and a configuration.
  static func withEchod<Result>(
    _ configuration: String, _ body: (Machine) async throws -> Result
  ) async throws -> Result {
    try await Machine.withEchod { machine in
      try await machine.write(configuration, to: "/etc/echod/echod.json")
      // Started anew, not restarted: nothing is left of the configuration of the package.
      try await machine.succeed("systemctl stop echod; systemctl start echod")
      return try await body(machine)
    }
  }
}

extension Machine {
  /// How many descriptors systemd keeps for echod.
  func storedDescriptors() async throws -> Int? { Int(try await property("NFileDescriptorStore")) }

  /// Restarts echod by a script, as ``keeps(_:of:at:over:)``.
  @discardableResult
  func keeps(
    _ crowd: LastingClients.Crowd, of clients: LastingClients, over script: String,
    at location: SourceLocation = #_sourceLocation
  ) async throws -> LastingClients.Figures {
    try await keeps(crowd, of: clients, at: location) { try await succeed(script, at: location) }
  }

  /// Restarts echod and checks that these clients, which are all that there are, see only a pause, and that the figures
  /// go on. Returns what the clients have seen.
  @discardableResult
  func keeps(
    _ crowd: LastingClients.Crowd, of clients: LastingClients,
    at location: SourceLocation = #_sourceLocation, over restart: () async throws -> Void
  ) async throws -> LastingClients.Figures {
    let (process, before) = (try await mainProcess(), try await stats())
    try await clients.report()
    try await restart()
    var figures = try await clients.check()
    // The check makes the busy ones wait, too.
    let pauses = figures.pauseMilliseconds
    figures = try await clients.rest()
    figures.pauseMilliseconds = pauses
    try #require(figures.troubles == [], sourceLocation: location)
    #expect(try await mainProcess() != process, sourceLocation: location)

    let stats = try await stats()
    let sockets = try #require(try await storedDescriptors())
    #expect(sockets > 0, sourceLocation: location)
    #expect(
      stats.restored == Stats.Restored(connections: crowd.connections, sockets: sockets, lost: 0),
      sourceLocation: location)
    #expect(stats.startedAt >= before.startedAt, sourceLocation: location)
    let (tcp, udp) = (try #require(stats[listener: "tcp-7000"]), try #require(stats[listener: "udp"]))
    let connections = Stats.Clients(current: crowd.connections, total: crowd.connections)
    let flows = Stats.Clients(current: crowd.flows, total: crowd.flows)
    let (lines, datagrams) = (figures.lineBytes, figures.datagrams)
    #expect(tcp.clients == connections, sourceLocation: location)
    #expect(tcp.bytes == Stats.InAndOut(received: lines, sent: lines), sourceLocation: location)
    #expect(udp.clients == flows, sourceLocation: location)
    #expect(
      udp.bytes == Stats.InAndOut(received: datagrams.bytes, sent: datagrams.bytes), sourceLocation: location)
    #expect(
      udp.messages == Stats.InAndOut(received: datagrams.sent, sent: datagrams.sent), sourceLocation: location
    )
    #expect(stats.totals.messages.received >= before.totals.messages.received, sourceLocation: location)
    #expect(stats.totals.dropped == before.totals.dropped, sourceLocation: location)
    try await clients.resume()
    return figures
  }
}
