import Dispatch
import Glibc
import Sockets
import Synchronization

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

/// Sends messages to the service manager without ever waiting for it. sd_notify(3) would wait: if the manager is frozen
/// or does not read, it blocks as soon as the socket's queue (net.unix.max_dgram_qlen) is full.
final class Notifications: Sendable {
  /// How long after a message found no room it is sent again.
  static let retryMilliseconds = 100

  private struct State: ~Copyable {
    let sender: UnixDatagramSender
    var unsent = UnsentNotifications()
    var isRetrying = false
  }

  private let state: Mutex<State>
  private let queue = DispatchQueue(label: "echod.notify")

  /// `nil` if the name is not valid.
  ///
  /// - Parameters:
  ///   - name: the socket's path or abstract name, as in NOTIFY_SOCKET.
  init?(to name: String) {
    guard let sender = try? UnixDatagramSender(to: name) else { return nil }
    state = Mutex(State(sender: sender))
  }

  /// Sends a text now, or later if there is no room.
  ///
  /// - Parameters:
  ///   - isLast: whether the process is about to end, so that nothing can be sent later.
  func send(_ text: String, _ kind: UnsentNotifications.Kind, isLast: Bool = false) {
    let needsRetry = state.withLock { state in
      state.unsent.add(text, kind)
      Self.flush(&state)
      guard !state.unsent.isEmpty, !state.isRetrying, !isLast else { return false }
      state.isRetrying = true
      return true
    }
    // Outside the lock: Dispatch may have to wait for a thread.
    if needsRetry { retryLater() }
  }

  private func retryLater() {
    queue.asyncAfter(deadline: .now() + .milliseconds(Self.retryMilliseconds)) { self.retry() }
  }

  private func retry() {
    let isRetrying = state.withLock { state in
      Self.flush(&state)
      state.isRetrying = !state.unsent.isEmpty
      return state.isRetrying
    }
    if isRetrying { retryLater() }
  }

  /// Sends messages while there is room. A message that fails for another reason, for example because no process has
  /// the socket, is not sent again.
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
