import Dispatch
import Glibc
import Sockets
import Synchronization

/// What the service manager has not been told yet: the latest of each kind, so at most three datagrams.
struct UnsentNotifications: Sendable {
  enum Kind: CaseIterable, Sendable {
    // In the order in which they are sent: a ping is urgent, and a state follows the reload that it ends.
    case watchdog, reloading, state
  }

  private var texts: [Kind: String] = [:]

  var isEmpty: Bool { texts.isEmpty }

  /// The one to send first.
  var first: (kind: Kind, text: String)? {
    for kind in Kind.allCases {
      if let text = texts[kind] { return (kind, text) }
    }
    return nil
  }

  /// Adds one, which takes the place of an earlier one of its kind. A new reload also makes the state before it obsolete.
  mutating func add(_ text: String, _ kind: Kind) {
    texts[kind] = text
    if kind == .reloading { texts[.state] = nil }
  }

  mutating func remove(_ kind: Kind) {
    texts[kind] = nil
  }
}

/// Tells the service manager, and never waits for it. sd_notify(3) would: for a manager that is frozen or does not read,
/// it blocks as soon as the socket's queue (net.unix.max_dgram_qlen) is full.
final class Notifications: Sendable {
  /// How long until what had no room is sent again.
  static let retryMilliseconds = 100

  private struct State: ~Copyable {
    let sender: UnixDatagramSender
    var unsent = UnsentNotifications()
    var isRetrying = false
  }

  private let state: Mutex<State>
  private let queue = DispatchQueue(label: "echod.notify")

  /// - Parameters:
  ///   - name: the socket's path or abstract name, as in NOTIFY_SOCKET.
  init?(to name: String) {
    guard let sender = try? UnixDatagramSender(to: name) else { return nil }
    state = Mutex(State(sender: sender))
  }

  /// Sends a text, or does so later if there is no room now.
  ///
  /// - Parameters:
  ///   - isLast: whether the process ends now, so that there is no later.
  func send(_ text: String, _ kind: UnsentNotifications.Kind, isLast: Bool = false) {
    state.withLock { state in
      state.unsent.add(text, kind)
      Self.flush(&state)
      guard !state.unsent.isEmpty, !state.isRetrying, !isLast else { return }
      state.isRetrying = true
      retryLater()
    }
  }

  private func retryLater() {
    queue.asyncAfter(deadline: .now() + .milliseconds(Self.retryMilliseconds)) { self.retry() }
  }

  private func retry() {
    state.withLock { state in
      Self.flush(&state)
      state.isRetrying = !state.unsent.isEmpty
      if state.isRetrying { retryLater() }
    }
  }

  /// Sends as long as there is room. What fails for another reason, as when nobody has the socket, is not sent again.
  private static func flush(_ state: inout State) {
    while let (kind, text) = state.unsent.first {
      do {
        guard case .done = try state.sender.send(Array(text.utf8)) else { return }
      } catch  where error.isShortage {
        return
      } catch {
      }
      state.unsent.remove(kind)
    }
  }
}
