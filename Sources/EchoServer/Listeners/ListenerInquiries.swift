import EchoCore
import Synchronization

// What the admin socket can ask the queues of listeners.

extension Listener {
  /// Makes every queue serve everything that has arrived. Returns how many queues of a listener did not answer in time.
  static func silentQueues(of listeners: [Listener]) async -> [Identity: Int] {
    var answers = await RollCall.hold(listeners.flatMap(\.queues).map(RollCall.Call.init))[...]
    var silent: [Identity: Int] = [:]
    for listener in listeners {
      silent[listener.identity] = answers.prefix(listener.queues.count).count { !$0 }
      answers = answers.dropFirst(listener.queues.count)
    }
    return silent
  }

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
