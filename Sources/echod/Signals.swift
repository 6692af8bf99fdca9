import Dispatch
import Glibc

/// The signals that steer the daemon. However many come, one of each kind waits to be taken, and a signal to stop is
/// taken before one to reload.
actor Signals {
  enum Signal: Sendable {
    /// SIGHUP.
    case reload
    /// SIGTERM or SIGINT; its name.
    case stop(String)
  }

  private let queue = DispatchQueue(label: "echod.signals")
  private var sources: [any DispatchSourceSignal] = []
  private var pendingStop: String?
  private var reloadIsPending = false
  private var waiter: CheckedContinuation<Void, Never>?

  /// Takes SIGHUP over from its default, which is to end the process. A client that is gone is an error of its send, and
  /// no signal: SIGPIPE is ignored. A signal to stop ends the process at once, with success: nothing is lost yet, and the
  /// configuration may be a pipe into which nobody writes.
  func begin() async {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGHUP, SIG_IGN)
    for number in [SIGTERM, SIGINT] { signal(number, Self.endAtOnce) }
    await take(SIGHUP, as: .reload)
  }

  /// Lets signals to stop wait to be taken too. Comes before there is anything to lose.
  func beginStops() async {
    await take(SIGTERM, as: .stop("SIGTERM"))
    await take(SIGINT, as: .stop("SIGINT"))
  }

  private static let endAtOnce: @convention(c) (Int32) -> Void = { _ in _exit(EXIT_SUCCESS) }

  /// Returns when Dispatch has put its handler in the place of the one before: no signal is lost in between.
  private func take(_ number: Int32, as meaning: Signal) async {
    let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
    source.setEventHandler { @Sendable in Task { await self.note(meaning) } }
    sources.append(source)
    await withCheckedContinuation { continuation in
      source.setRegistrationHandler { @Sendable in continuation.resume() }
      source.activate()
    }
  }

  /// Waits for the next signal. One task waits at a time.
  func next() async -> Signal {
    while true {
      if let name = pendingStop {
        pendingStop = nil
        return .stop(name)
      }
      if reloadIsPending {
        reloadIsPending = false
        return .reload
      }
      await withCheckedContinuation { waiter = $0 }
    }
  }

  private func note(_ signal: Signal) {
    switch signal {
    case .reload: reloadIsPending = true
    case .stop(let name): pendingStop = name
    }
    waiter?.resume()
    waiter = nil
  }
}
