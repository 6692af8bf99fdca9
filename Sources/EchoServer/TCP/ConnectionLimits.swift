import Addresses
import EchoCore
import Synchronization

/// Who may connect to a listener, and with how many connections, over all its queues.
struct ConnectionLimits: Sendable {
  var access: AccessList
  var listener: ConnectionBudget
  let process: ConnectionBudget
  var perClient: PerClientBudget?

  /// Counts a connection whose client is not known yet, or returns why it is refused.
  func reserve() -> DropReason? { listener.take() ? nil : .overLimit }

  /// Counts a client's connection, unless it was reserved, or returns why it is refused. The process's budget counted it
  /// before the accept.
  func reasonToRefuse(_ client: Endpoint?, isReserved: Bool) -> DropReason? {
    if let client, !access.permits(client.address) { return .denied }
    guard isReserved || listener.take() else { return .overLimit }
    if let client, let perClient, !perClient.take(for: client) {
      if !isReserved { listener.giveBack() }
      return .overLimit
    }
    return nil
  }

  /// Counts a connection that is already open, even over the limits. The process's budget has counted it.
  func add(_ client: Endpoint?, isIdentified: Bool) {
    listener.add()
    if isIdentified, let client { perClient?.add(client) }
  }

  /// Gives back everything that counted a connection.
  func giveBack(_ client: Endpoint?, isIdentified: Bool) {
    process.giveBack()
    listener.giveBack()
    if isIdentified, let client { perClient?.giveBack(for: client) }
  }
}

/// A limit on open connections, shared by several queues.
final class ConnectionBudget: Sendable {
  /// Descriptors that are reserved for the rest of the process: the admin socket's clients, a reload's new sockets.
  static let reservedDescriptors = 64

  private let currentLimit: Atomic<Int>
  private let used = Atomic<Int>(0)

  init(limit: Int) {
    self.currentLimit = Atomic(limit)
  }

  var limit: Int { currentLimit.load(ordering: .relaxed) }

  /// The limit for a process that may open `descriptorLimit` descriptors and needs `own` for itself.
  static func limit(descriptorLimit: Int, own: Int) -> Int {
    // Under a very low limit, only a quarter of the free descriptors is reserved.
    let free = max(1, descriptorLimit - own)
    return max(1, free - min(reservedDescriptors, free / 4))
  }

  /// Changes the limit; connections over a lower one stay open.
  func changeLimit(to limit: Int) {
    currentLimit.store(limit, ordering: .relaxed)
  }

  /// Counts a connection; `false` at the limit.
  func take() -> Bool {
    if used.wrappingAdd(1, ordering: .relaxed).newValue <= limit { return true }
    giveBack()
    return false
  }

  /// Counts a connection that is already open, even over the limit.
  func add() {
    used.wrappingAdd(1, ordering: .relaxed)
  }

  func giveBack() {
    used.wrappingSubtract(1, ordering: .relaxed)
  }
}

/// A limit on each client's open connections, shared by several queues. It stores only clients with connections.
final class PerClientBudget: Sendable {
  private let limit: Atomic<Int>
  private let used = Mutex<[LimitKey: Int]>([:])

  init(limit: Int) {
    self.limit = Atomic(limit)
  }

  /// Changes the limit; connections over a lower one stay open.
  func changeLimit(to limit: Int) {
    self.limit.store(limit, ordering: .relaxed)
  }

  /// Counts a connection that is already open, even over the limit.
  func add(_ client: Endpoint) {
    let key = LimitKey(client)
    used.withLock { $0[key, default: 0] += 1 }
  }

  /// Counts a client's connection; `false` at the limit.
  func take(for client: Endpoint) -> Bool {
    let (key, limit) = (LimitKey(client), limit.load(ordering: .relaxed))
    return used.withLock { used in
      let count = used[key, default: 0]
      guard count < limit else { return false }
      used[key] = count + 1
      return true
    }
  }

  func giveBack(for client: Endpoint) {
    let key = LimitKey(client)
    used.withLock { used in
      let count = used[key, default: 0]
      used[key] = count > 1 ? count - 1 : nil
    }
  }
}
