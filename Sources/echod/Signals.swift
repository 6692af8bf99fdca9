import ArgumentParser
import Dispatch
import Glibc
import Sockets
import Synchronization
import SystemPackage

/// The signals that control the daemon. The main thread takes them and does nothing else, so that a second signal to
/// stop ends the process at once, whatever the daemon is waiting for: a disk, the log, or a thread.
///
/// At most one signal of each kind is pending, however many arrive, and a signal to stop is delivered before one to
/// reload.
final class Signals: Sendable {
  enum Signal: Sendable {
    /// SIGHUP, unless it means that the terminal is gone.
    case reload
    /// SIGTERM, SIGINT, or SIGHUP because the terminal is gone; its name.
    case stop(String)
    /// SIGUSR2: stop, and hand over to the next process.
    case restart
  }

  /// For how long after the first signal to stop the same signal does not count as a second one: programs such as
  /// timeout(1) send theirs both to the process and to its group.
  static let repeatMilliseconds: Int64 = 100
  /// How often the main thread checks on a daemon that is starting or stopping.
  static let checkSeconds = 1

  private struct Stop {
    let number: Int32
    let signal: Signal
    let cameAt: Int64
    var isTaken = false
    /// When the grace period is over.
    var graceEnd = Int64.max
  }

  private struct State {
    var terminal: ControllingTerminal?
    var isStarted = false
    /// The first signal to stop.
    var stop: Stop?
    var reloadIsPending = false
    var waiter: CheckedContinuation<Void, Never>?

    var hasPending: Bool { reloadIsPending || stop?.isTaken == false }
  }

  private let state: Mutex<State>
  /// Wakes the daemon's side. If the main thread submitted work to Dispatch instead, it could have to wait for a
  /// thread.
  private let wakeUp: WakeUp

  /// Begins to handle signals, with ``EarlySignals`` at first.
  init() throws(Errno) {
    wakeUp = try WakeUp()
    state = Mutex(State(terminal: EarlySignals.handle()))
  }
}

// MARK: - The daemon's side

extension Signals {
  /// Begins to deliver signals to ``next()``, until the source is cancelled.
  func deliver() -> any DispatchSourceRead {
    let source = DispatchSource.makeReadSource(
      fileDescriptor: wakeUp.number, queue: DispatchQueue(label: "echod.signals"))
    source.setEventHandler { @Sendable in self.resumeWaiter() }
    source.activate()
    return source
  }

  /// Waits for the next signal. Only one task may wait at a time.
  func next() async -> Signal {
    while true {
      if let signal = takePending() { return signal }
      await withCheckedContinuation { continuation in
        let isDue = state.withLock { state in
          if !state.hasPending { state.waiter = continuation }
          return state.hasPending
        }
        if isDue { continuation.resume() }
      }
    }
  }

  /// Notes that the daemon serves.
  func noteStart() {
    state.withLock { $0.isStarted = true }
  }

  /// Notes that the daemon is stopping, with this grace period.
  func noteStop(drainSeconds: Int) {
    let graceEnd = SystemClock.monotonicMilliseconds() + Int64(drainSeconds) * 1000
    state.withLock { $0.stop?.graceEnd = graceEnd }
  }

  private func takePending() -> Signal? {
    state.withLock { state in
      if let stop = state.stop, !stop.isTaken {
        state.stop?.isTaken = true
        state.stop?.graceEnd = SystemClock.monotonicMilliseconds()
        return stop.signal
      }
      guard state.reloadIsPending else { return nil }
      state.reloadIsPending = false
      return .reload
    }
  }

  private func resumeWaiter() {
    wakeUp.clear()
    let waiter = state.withLock { state in
      defer { if state.hasPending { state.waiter = nil } }
      return state.hasPending ? state.waiter : nil
    }
    waiter?.resume()
  }
}

// MARK: - The main thread

extension Signals {
  private static var all: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in EarlySignals.numbers { sigaddset(&signals, number) }
    return signals
  }

  /// Keeps the signals for ``takeForever()``. Call it after the configuration has been read and before the first thread
  /// starts.
  func hold() {
    var signals = Self.all
    let reloadCame = EarlySignals.hold(&signals)
    state.withLock { $0.reloadIsPending = reloadCame }
  }

  /// Takes signals until the process ends. Nothing here waits for another thread.
  func takeForever() -> Never {
    var signals = Self.all
    while true {
      let isWatching = state.withLock { !$0.isStarted || $0.stop != nil }
      var time = timespec(tv_sec: Self.checkSeconds, tv_nsec: 0)
      let number = isWatching ? sigtimedwait(&signals, nil, &time) : sigwaitinfo(&signals, nil)
      if number > 0 { take(number) } else if errno == EAGAIN { check() }
    }
  }

  private func take(_ number: Int32) {
    let now = SystemClock.monotonicMilliseconds()
    let isSecond = state.withLock { state in
      var signal = number == SIGUSR2 ? Signal.restart : .stop(number == SIGTERM ? "SIGTERM" : "SIGINT")
      if number == SIGHUP {
        guard state.terminal?.isGone == true else {
          state.reloadIsPending = true
          return false
        }
        // The kernel and the shell may both send the signal: only the first one counts. During a stop none does: a
        // session ends with SIGTERM and SIGHUP.
        state.terminal = nil
        if state.stop != nil { return false }
        signal = .stop("SIGHUP")
      }
      // echod is stopping already.
      if number == SIGUSR2, state.stop != nil { return false }
      if let stop = state.stop {
        return number != stop.number || now - stop.cameAt >= Self.repeatMilliseconds
      }
      state.stop = Stop(number: number, signal: signal, cameAt: now)
      return false
    }
    if isSecond {
      end("\(number == SIGINT ? "SIGINT" : "SIGTERM") during the drain: stopping at once", EXIT_SUCCESS)
    }
    wakeUp.signal()
  }

  /// Ends a daemon that is starting or stopping and cannot go on.
  private func check() {
    let (isStarted, stop) = state.withLock { ($0.isStarted, $0.stop) }
    if isStarted && stop == nil { return }
    if let stop, stop.isTaken {
      let late = SystemClock.monotonicMilliseconds() - stop.graceEnd
      guard late >= 0 else { return }
      if late >= Int64(ServiceManager.stopMarginSeconds) * 1000 {
        end("the drain did not end in time: stopping at once", EXIT_SUCCESS)
      }
    }
    guard case .threads(_, let error) = ThreadSupply.shortage(of: 1) else { return }
    let reason = "no thread can be created: \(error)"
    if stop != nil { end("\(reason): stopping at once", EXIT_SUCCESS) }
    ServiceManager.failed(reason)
    end("cannot start: \(reason)", ExitCode.systemRefused.rawValue)
  }

  private func end(_ reason: String, _ status: Int32) -> Never {
    LineWriter.standardError.writeAtOnce(LogLine(reason, at: status == EXIT_SUCCESS ? .warning : .critical))
    _exit(status)
  }
}
