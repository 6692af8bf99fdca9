import Synchronization

/// What one queue counts while it serves. Its queue adds; anyone may read at any time, and nobody waits.
public final class Counters: Sendable {
  /// A number that is added to without an order towards other memory: whoever needs statistics that belong together lets
  /// the queue finish its turn first.
  public struct Counter: ~Copyable, Sendable {
    private let value = Atomic<UInt64>(0)

    /// Adds; wraps after 2^64.
    public func add(_ amount: Int = 1) {
      value.wrappingAdd(UInt64(truncatingIfNeeded: amount), ordering: .relaxed)
    }

    /// Takes away what was added before.
    public func subtract(_ amount: Int = 1) {
      value.wrappingSubtract(UInt64(truncatingIfNeeded: amount), ordering: .relaxed)
    }

    /// The number at this moment.
    public var current: UInt64 { value.load(ordering: .relaxed) }
  }

  /// See ``Statistics/messagesReceived``.
  public let messagesReceived = Counter()
  /// See ``Statistics/messagesSent``.
  public let messagesSent = Counter()
  /// See ``Statistics/bytesReceived``.
  public let bytesReceived = Counter()
  /// See ``Statistics/bytesSent``.
  public let bytesSent = Counter()
  /// See ``Statistics/clientsCurrent``.
  public let clientsCurrent = Counter()
  /// See ``Statistics/clientsTotal``.
  public let clientsTotal = Counter()
  /// See ``Statistics/clientsEvicted``.
  public let clientsEvicted = Counter()

  private let denied = Counter()
  private let loopGuard = Counter()
  private let rateLimited = Counter()
  private let overLimit = Counter()
  private let sendFailed = Counter()

  /// All zero.
  public init() {}

  /// Counts messages or connections that get no reply.
  public func drop(_ reason: DropReason, _ amount: Int = 1) {
    withDrops(reason) { $0.add(amount) }
  }

  /// The numbers at this moment.
  public var statistics: Statistics {
    var statistics = Statistics()
    statistics.messagesReceived = messagesReceived.current
    statistics.messagesSent = messagesSent.current
    statistics.bytesReceived = bytesReceived.current
    statistics.bytesSent = bytesSent.current
    statistics.clientsCurrent = clientsCurrent.current
    statistics.clientsTotal = clientsTotal.current
    statistics.clientsEvicted = clientsEvicted.current
    for reason in DropReason.allCases { statistics[reason] = withDrops(reason) { $0.current } }
    return statistics
  }

  private func withDrops<Result>(_ reason: DropReason, _ body: (borrowing Counter) -> Result) -> Result {
    switch reason {
    case .denied: body(denied)
    case .loopGuard: body(loopGuard)
    case .rateLimited: body(rateLimited)
    case .overLimit: body(overLimit)
    case .sendFailed: body(sendFailed)
    }
  }
}
