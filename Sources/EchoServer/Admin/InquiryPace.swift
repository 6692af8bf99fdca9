import AdminHTTP

/// Which inquiries are being made, or were made a moment ago, so that a flood of requests does not flood the listeners'
/// queues.
struct InquiryPace {
  /// The minimum time between two findings of one inquiry.
  static let inquiryMilliseconds = 10
  /// The same for lists of clients, because a list can take a queue several milliseconds.
  static let clientListMilliseconds = 100

  /// The number of the last request that waits for a finding.
  private(set) var lastNumber = 0
  private var recent: Set<Inquiry> = []

  /// The number of a request that has just begun to wait.
  mutating func nextNumber() -> Int {
    lastNumber += 1
    return lastNumber
  }

  /// Begins an inquiry, unless it is too early. Returns whether it began.
  mutating func begin(_ inquiry: Inquiry) -> Bool { recent.insert(inquiry).inserted }

  /// Permits the next inquiry of this kind.
  mutating func end(_ inquiry: Inquiry) { recent.remove(inquiry) }

  /// How long to wait before ``end(_:)``.
  static func pauseMilliseconds(after finding: Finding) -> Int {
    switch finding {
    // No queue was asked, and there are too many unknown names to remember them.
    case .unknownListener: 0
    case .snapshot, .responsiveness: inquiryMilliseconds
    case .clients: clientListMilliseconds
    }
  }
}
