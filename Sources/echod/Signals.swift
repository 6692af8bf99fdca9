import Dispatch
import Glibc

/// The signals that control the daemon. At most one of each kind is pending, however many come, and a signal to stop
/// comes before one to reload.
actor Signals {
  enum Signal: Sendable {
    /// SIGHUP, unless it means that the terminal is gone.
    case reload
    /// SIGTERM, SIGINT, or SIGHUP because the terminal is gone; its name.
    case stop(String)
  }

  private let queue = DispatchQueue(label: "echod.signals")
  private var sources: [any DispatchSourceSignal] = []
  private var terminal: ControllingTerminal?
  private var stopsAreHandled = false
  private var pendingStop: String?
  private var reloadIsPending = false
  private var waiter: CheckedContinuation<Void, Never>?

  /// Keeps SIGHUP pending instead of letting it end the process, and ignores SIGPIPE: sending to a client that has left
  /// is an error of that call. Until ``handleStops()``, a signal to stop ends the process at once with success: nothing
  /// can be lost yet, and reading a configuration from a pipe may never finish.
  func handleReloads() async {
    signal(SIGPIPE, SIG_IGN)
    let inherited = signal(SIGHUP, SIG_IGN)
    terminal = ControllingTerminal(
      ignoresHangUp: unsafeBitCast(inherited, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self))
    for number in [SIGTERM, SIGINT] { signal(number, Self.endAtOnce) }
    await handle(SIGHUP, as: .reload)
  }

  /// Makes signals to stop pending too. Call this before there is anything to lose.
  func handleStops() async {
    await handle(SIGTERM, as: .stop("SIGTERM"))
    await handle(SIGINT, as: .stop("SIGINT"))
    stopsAreHandled = true
  }

  private static let endAtOnce: @convention(c) (Int32) -> Void = { _ in _exit(EXIT_SUCCESS) }

  /// Returns once Dispatch has replaced the previous handler, so that no signal is lost.
  private func handle(_ number: Int32, as meaning: Signal) async {
    let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
    source.setEventHandler { @Sendable in Task { await self.add(meaning) } }
    sources.append(source)
    await withCheckedContinuation { continuation in
      source.setRegistrationHandler { @Sendable in continuation.resume() }
      source.activate()
    }
  }

  /// Waits for the next signal. Only one task may wait at a time.
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

  private func add(_ signal: Signal) {
    switch signal {
    case .reload where terminal?.isGone == true:
      if !stopsAreHandled { Self.endAtOnce(SIGHUP) }
      // The kernel and the shell may both send the signal: only the first one counts.
      terminal = nil
      pendingStop = "SIGHUP"
    case .reload: reloadIsPending = true
    case .stop(let name): pendingStop = name
    }
    waiter?.resume()
    waiter = nil
  }
}
