@preconcurrency import Dispatch
import Glibc

/// The signals that steer the daemon, as a sequence.
enum Signals {
  enum Signal: Sendable {
    /// SIGHUP.
    case reload
    /// SIGTERM or SIGINT; its name.
    case stop(String)
  }

  /// Takes the signals over from their default, which is to end the process. Called once, before there is anything to
  /// lose. A client that is gone is an error of its send, and no signal: SIGPIPE is ignored.
  static func begin() -> AsyncStream<Signal> {
    signal(SIGPIPE, SIG_IGN)
    let (stream, continuation) = AsyncStream.makeStream(of: Signal.self, bufferingPolicy: .bufferingOldest(8))
    let queue = DispatchQueue(label: "echod.signals")
    let sources = [(SIGHUP, Signal.reload), (SIGTERM, .stop("SIGTERM")), (SIGINT, .stop("SIGINT"))].map {
      number, meaning in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { continuation.yield(meaning) }
      source.activate()
      return source
    }
    continuation.onTermination = { _ in for source in sources { source.cancel() } }
    return stream
  }
}
