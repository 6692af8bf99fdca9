import Addresses
import EchoCore
import Synchronization

/// Who may have a connection of a listener: the networks and the limits of all its queues.
struct ConnectionLimits: Sendable {
  let access: AccessList
  let listener: ConnectionBudget
  let process: ConnectionBudget
  var perClient: PerClientBudget?

  /// Takes a place for a client; otherwise says why there is none. The place of the process was taken before, when the
  /// connection was accepted.
  func admit(_ client: Endpoint?) -> DropReason? {
    if let client, !access.permits(client.address) { return .denied }
    guard listener.take() else { return .overLimit }
    if let client, let perClient, !perClient.take(for: client.address) {
      listener.giveBack()
      return .overLimit
    }
    return nil
  }

  /// Gives back the place that ``admit(_:)`` took.
  func leave(_ client: Endpoint?) {
    listener.giveBack()
    if let client { perClient?.giveBack(for: client.address) }
  }
}

/// How many connections may be open at once, over all queues that share the budget.
final class ConnectionBudget: Sendable {
  /// Descriptors that connections leave to the rest of the process: the admin socket's clients, a reload's new sockets.
  static let reservedDescriptors = 64

  private let currentLimit: Atomic<Int>
  private let used = Atomic<Int>(0)

  init(limit: Int) {
    self.currentLimit = Atomic(limit)
  }

  /// How many there may be.
  var limit: Int { currentLimit.load(ordering: .relaxed) }

  /// The limit of a process that may open `descriptorLimit` descriptors, of which it needs `own` for itself.
  static func limit(descriptorLimit: Int, own: Int) -> Int {
    // Under a very low limit a quarter of what is free is kept back, so that both sides get some.
    let free = max(1, descriptorLimit - own)
    return max(1, free - min(reservedDescriptors, free / 4))
  }

  /// Changes the limit; connections over a lower one stay open.
  func changeLimit(to limit: Int) {
    currentLimit.store(limit, ordering: .relaxed)
  }

  /// Takes a place; `false` when none is left.
  func take() -> Bool {
    if used.wrappingAdd(1, ordering: .relaxed).newValue <= limit { return true }
    giveBack()
    return false
  }

  /// Gives a place back.
  func giveBack() {
    used.wrappingSubtract(1, ordering: .relaxed)
  }
}

/// How many connections each client address may have open at once, over all queues that share the budget. It remembers
/// only clients that have connections.
final class PerClientBudget: Sendable {
  private let limit: Int
  private let used = Mutex<[IPAddress: Int]>([:])

  init(limit: Int) {
    self.limit = limit
  }

  /// Takes a place for a client; `false` when none is left.
  func take(for address: IPAddress) -> Bool {
    used.withLock { used in
      let count = used[address.limitKey, default: 0]
      guard count < limit else { return false }
      used[address.limitKey] = count + 1
      return true
    }
  }

  /// Gives a client's place back.
  func giveBack(for address: IPAddress) {
    used.withLock { used in
      let count = used[address.limitKey, default: 0]
      used[address.limitKey] = count > 1 ? count - 1 : nil
    }
  }
}
