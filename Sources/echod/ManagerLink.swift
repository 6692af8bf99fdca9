import Dispatch
import Sockets
import Synchronization
import SystemPackage

/// A message for the service manager, with descriptors if it stores some. See sd_notify(3).
struct ManagerMessage: Sendable {
  let text: String
  var descriptors = DescriptorList()
}

/// What the service manager has not been told yet.
struct UnsentMessages: Sendable {
  /// Sent first, because the watchdog's message is urgent.
  var notifications = UnsentNotifications()
  var store = StoreChanges()

  var isEmpty: Bool { notifications.isEmpty && store.isEmpty }

  /// The message to send first.
  var first: ManagerMessage? {
    notifications.first.map { ManagerMessage(text: $0.text) } ?? store.first
  }

  /// Removes the first message, which was sent, or cannot be sent.
  mutating func removeFirst(wasSent: Bool) {
    if let (kind, _) = notifications.first {
      notifications.remove(kind)
    } else {
      store.removeFirst(wasSent: wasSent)
    }
  }
}

/// Sends messages to the service manager without ever waiting for it. sd_notify(3) would wait: if the manager is frozen
/// or does not read, it blocks as soon as the socket's queue (net.unix.max_dgram_qlen) is full.
final class ManagerLink: Sendable {
  /// How long to wait before sending a message again for which there was no room.
  static let retryMilliseconds = 100

  private struct State: ~Copyable {
    let sender: UnixDatagramSender
    var unsent = UnsentMessages()
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

  /// Changes what is to be sent, and sends it now, or later if there is no room.
  ///
  /// - Parameters:
  ///   - isLast: whether the process is about to end, so that nothing can be sent later.
  func update(isLast: Bool = false, _ change: (inout UnsentMessages) -> Void) {
    let needsRetry = state.withLock { state in
      change(&state.unsent)
      Self.flush(&state)
      guard !state.unsent.isEmpty, !state.isRetrying, !isLast else { return false }
      state.isRetrying = true
      return true
    }
    // Outside the lock: Dispatch may have to wait for a thread.
    if needsRetry { retryLater() }
  }

  /// Sends a message after all that are waiting, or not at all if there is no room for it and them.
  func sendNow(_ message: ManagerMessage) throws(Errno) -> IOResult<Int> {
    try state.withLock { (state) throws(Errno) in
      Self.flush(&state)
      guard state.unsent.isEmpty else { return .wouldBlock }
      return try Self.send(message, by: state.sender)
    }
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
    while let message = state.unsent.first {
      let result = try? send(message, by: state.sender)
      if case .wouldBlock = result { return }
      state.unsent.removeFirst(wasSent: result != nil)
    }
  }

  /// A shortage counts as a queue without room: either this user has too many descriptors on their way, or the kernel
  /// has no memory.
  private static func send(
    _ message: ManagerMessage, by sender: borrowing UnixDatagramSender
  ) throws(Errno) -> IOResult<Int> {
    do throws(Errno) {
      return try sender.send(Array(message.text.utf8), passing: message.descriptors)
    } catch  where error.isShortage || error == .tooManyReferences {
      return .wouldBlock
    }
  }
}
