import Synchronization

/// How many connections may be open at once, over all queues that share the budget.
final class ConnectionBudget: Sendable {
  /// Descriptors that connections leave to the rest of the process: the admin socket's clients, a reload's new
  /// sockets.
  static let reservedDescriptors = 64

  private let currentLimit: Atomic<Int>
  private let used = Atomic<Int>(0)

  init(limit: Int) {
    self.currentLimit = Atomic(limit)
  }

  /// How many there may be.
  var limit: Int { currentLimit.load(ordering: .relaxed) }

  /// The limit of a process that may open `descriptorLimit` descriptors and needs `own` itself.
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
