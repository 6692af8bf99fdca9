import Addresses
import EchoCore
import Synchronization

/// How many connections each client address may have open at once, over all queues that share the budget. It remembers
/// no more clients than have connections.
final class PerClientBudget: Sendable {
  private let limit: Int
  private let used = Mutex<[IPAddress: Int]>([:])

  init(limit: Int) {
    self.limit = limit
  }

  /// Takes a place of a client's; `false` when none is left.
  func take(for address: IPAddress) -> Bool {
    used.withLock { used in
      let count = used[address.limitKey, default: 0]
      guard count < limit else { return false }
      used[address.limitKey] = count + 1
      return true
    }
  }

  /// Gives a place of a client's back.
  func giveBack(for address: IPAddress) {
    used.withLock { used in
      let count = used[address.limitKey, default: 0]
      used[address.limitKey] = count > 1 ? count - 1 : nil
    }
  }
}
