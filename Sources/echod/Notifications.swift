/// What the service manager has not been told yet: the latest of each kind, so at most three datagrams.
struct UnsentNotifications: Sendable {
  enum Kind: CaseIterable, Sendable {
    // In the order of sending: a watchdog message is urgent, and a state follows the reload that it ends.
    case watchdog, reloading, state
  }

  private var texts: [Kind: String] = [:]

  var isEmpty: Bool { texts.isEmpty }

  /// The message to send first.
  var first: (kind: Kind, text: String)? {
    for kind in Kind.allCases {
      if let text = texts[kind] { return (kind, text) }
    }
    return nil
  }

  /// Adds a message, which replaces an earlier one of its kind. A new reload also makes the state before it obsolete.
  mutating func add(_ text: String, _ kind: Kind) {
    texts[kind] = text
    if kind == .reloading { texts[.state] = nil }
  }

  mutating func remove(_ kind: Kind) {
    texts[kind] = nil
  }
}

extension ManagerLink {
  /// Sends a text now, or later if there is no room. `isLast` is as in ``update(isLast:_:)``.
  func send(_ text: String, _ kind: UnsentNotifications.Kind, isLast: Bool = false) {
    update(isLast: isLast) { $0.notifications.add(text, kind) }
  }
}
