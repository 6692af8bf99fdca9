import Addresses
@testable import EchoCore
@testable import EchoServer
import Testing
import TestSupport

/// A server in this process, on ports of the kernel's choice.
struct ServerUnderTest {
  let server: EchoServer

  /// Starts listeners on the loopback address, without an admin socket unless one is asked for, and lets the body talk
  /// to them. After that the server is stopped, also when the body throws.
  static func with(
    _ listeners: [ListenerConfiguration], admin: AdminEndpoint? = nil, drainSeconds: Int = 5,
    descriptorLimit: Int = 4096, passed: ActivationSockets = ActivationSockets(),
    drawnSeed: UInt32 = 4711, log: LogRecorder = LogRecorder(), _ body: (ServerUnderTest) async throws -> Void
  ) async throws {
    // Descriptors of other tests do not count.
    let server = EchoServer(
      descriptorLimit: descriptorLimit, openDescriptors: 0, passed: passed, drawnSeed: drawnSeed,
      logger: log.logger)
    try await server.apply(
      Configuration(
        admin: admin.map { AdminConfiguration($0) }, drainSeconds: drainSeconds, listeners: listeners))
    do {
      try await body(ServerUnderTest(server: server))
    } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  /// The lowest limit for one TCP listener with one queue, which can then have one connection.
  static let leastDescriptors = DescriptorNeeds(
    of: Configuration(admin: nil, drainSeconds: 0, listeners: [.test(.tcp)]), isLeavingSockets: false,
    besides: 0
  ).leastLimit

  /// Changes to other listeners.
  func apply(_ listeners: [ListenerConfiguration], admin: AdminEndpoint? = nil) async throws {
    try await server.apply(
      Configuration(admin: admin.map { AdminConfiguration($0) }, drainSeconds: 5, listeners: listeners))
  }

  /// Where a listener is reached: the port that it got, on an address of the test's choice.
  func endpoint(_ name: String, on address: String = "127.0.0.1") async throws -> Endpoint {
    let snapshot = await server.snapshot()
    let listener = try #require(snapshot.listeners.first { $0.configuration.name == name })
    return Endpoint(address: try #require(IPAddress(address)), port: listener.endpoint.port)
  }

  /// The statistics at this moment. On a busy machine a queue can be too late to answer, and its figures are old then.
  func snapshot() async throws -> Snapshot {
    var latest: Snapshot?
    let isExact = await eventually {
      let snapshot = await server.snapshot()
      latest = snapshot
      return snapshot.listeners.allSatisfy { $0.silentQueues == 0 }
    }
    try #require(isExact)
    return try #require(latest)
  }

  /// A listener's statistics at this moment.
  func statistics(_ name: String) async throws -> Statistics {
    let snapshot = try await snapshot()
    return try #require(snapshot.listeners.first { $0.configuration.name == name }).statistics
  }

  /// See ``QueueExecutor/whileHeld(_:)``.
  func whileHeld(_ body: () throws -> Void) async throws {
    let queue = try #require(await server.queues.first)
    try await queue.executor.whileHeld(body)
  }

  /// A connection to a listener.
  func connect(_ name: String, on address: String = "127.0.0.1") async throws -> PlainSocket {
    try PlainSocket(connectedTo: await endpoint(name, on: address))
  }
}

extension ListenerConfiguration {
  /// A listener on a port of the kernel's choice, named `udp` or `tcp` unless told otherwise.
  static func test(
    _ transport: Transport, _ service: Service = .uppercase, name: String? = nil,
    on address: String = "127.0.0.1",
    change: (inout ListenerConfiguration) -> Void = { _ in }
  ) -> ListenerConfiguration {
    var listener = ListenerConfiguration(
      name: name ?? transport.rawValue, transport: transport,
      address: IPAddress(address) ?? .loopbackIPv4, port: 0, service: service.name)
    change(&listener)
    return listener
  }

  /// The same with a change.
  func changed(_ change: (inout ListenerConfiguration) -> Void) -> ListenerConfiguration {
    var listener = self
    change(&listener)
    return listener
  }
}
