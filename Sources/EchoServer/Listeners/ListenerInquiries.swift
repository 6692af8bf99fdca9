import EchoCore
import Synchronization

// What the admin socket can ask the queues of one listener.
extension Listener {
  /// Whether every queue answers.
  func isResponsive() async -> Bool {
    await RollCall.areAnswering(queues.map(\.executor))
  }

  /// The busiest clients of all queues; `nil` if a queue does not answer.
  func busiestClients() async -> [ClientActivity]? {
    let busiest = Mutex(BusiestClients())
    let calls = queues.map { queue in
      RollCall.Call(executor: queue.executor) {
        let clients = queue.assumeIsolated { $0.busiestClients() }
        busiest.withLock { busiest in clients.forEach { busiest.add($0) } }
      }
    }
    guard await RollCall.hold(calls).allSatisfy(\.self) else { return nil }
    return busiest.withLock { $0.sorted() }
  }
}
