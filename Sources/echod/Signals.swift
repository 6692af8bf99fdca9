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

  private var sources: [any DispatchSourceSignal] = []
  private var pendingStop: String?
  private var reloadIsPending = false
  private var waiter: CheckedContinuation<Void, Never>?

  /// Takes the signals over from their default, which is to end the process. Done once, before there is anything to
  /// lose. A client that is gone is an error of its send, and no signal: SIGPIPE is ignored.
  func begin() {
    signal(SIGPIPE, SIG_IGN)
    let queue = DispatchQueue(label: "echod.signals")
    let kinds = [(SIGHUP, Signal.reload), (SIGTERM, .stop("SIGTERM")), (SIGINT, .stop("SIGINT"))]
    sources = kinds.map { number, meaning in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { @Sendable in Task { await self.note(meaning) } }
      source.activate()
      return source
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
