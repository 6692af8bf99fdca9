import Addresses
import Dispatch
import EchoCore
import Logging
import Sockets

@testable import EchoServer

/// One queue of a listener on loopback, with a service or a preface that no configuration can ask for.
struct QueueUnderTest {
  let queue: any ListenerQueue
  let endpoint: Endpoint
  private let policy: ListenerPolicy

  var statistics: Statistics { queue.counters.statistics }

  /// Starts a queue, lets the body talk to it, and stops it, whatever happens. Proxies have more time for their
  /// headers than usual, because the machine may be busy.
  static func with<Result>(
    _ transport: Transport, _ service: Service, preface: (any Preface)? = nil,
    headerMilliseconds: Int64 = 60_000, maxConnections: Int = 100,
    change: (inout ListenerConfiguration) -> Void = { _ in },
    _ body: (QueueUnderTest) async throws -> Result
  ) async throws -> Result {
    let configuration = ListenerConfiguration.test(transport, .echo) {
      $0.maxConnections = maxConnections
      change(&$0)
    }
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let policy = ListenerPolicy(
      for: configuration, process: ConnectionBudget(limit: max(100, maxConnections)), drawnSeed: 0)
    let address = Endpoint(address: configuration.address, port: 0)
    let queue: any ListenerQueue
    let endpoint: Endpoint?
    switch transport {
    case .udp:
      let socket = SharedSocket(try DatagramSocket(boundTo: address))
      endpoint = try socket.socket.descriptor.localEndpoint()
      queue = try DatagramQueue(socket: socket, policy: policy, service: service, logger: logger)
    case .tcp:
      let socket = SharedSocket(try ListeningSocket(boundTo: address, backlog: 16))
      endpoint = try socket.socket.descriptor.localEndpoint()
      queue = try StreamQueue(
        listening: socket, policy: policy, service: service,
        preface: { preface ?? ProxyPreface(for: $0, deadlineMilliseconds: headerMilliseconds) },
        logger: logger)
    }
    await queue.start()
    do {
      let result = try await body(QueueUnderTest(queue: queue, endpoint: endpoint ?? address, policy: policy))
      await stop(queue, graceMilliseconds: 0)
      return result
    } catch {
      await stop(queue, graceMilliseconds: 0)
      throw error
    }
  }

  /// Changes the policy that the queue began with, as a reload does.
  func change(_ change: (inout ListenerConfiguration) -> Void) async {
    await queue.change(to: policy.changed(to: policy.configuration.changed(change)))
  }

  /// Stops a queue as the server does when it stops.
  static func stop(_ queue: any ListenerQueue, graceMilliseconds: Int64) async {
    await queue.endIntake(leavingSocket: .closed)
    await queue.drain(until: SystemClock.monotonicMilliseconds() + graceMilliseconds)
  }
}

extension QueueExecutor {
  /// Holds up the queue while the body sends, so that everything is received in one batch, at one time.
  func whileHeld(_ body: () throws -> Void) async rethrows {
    let gate = DispatchSemaphore(value: 0)
    await withCheckedContinuation { continuation in
      perform {
        continuation.resume()
        gate.wait()
      }
    }
    // Also if something is thrown: a stop would wait for the queue.
    defer { gate.signal() }
    try body()
  }
}
