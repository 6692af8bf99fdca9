import Logging
import Sockets

/// Accepts connections and closes them at once.
final class ConnectionSink: Sink {
  private let acceptor: Acceptor
  /// Of its own, so that clients are disconnected even when the listeners have as many connections as they may: here a
  /// connection is closed before the next one is accepted.
  private let budget = ConnectionBudget(limit: 1)

  init(_ socket: SharedSocket<ListeningSocket>, on loop: EventLoop, token: Int, logger: Logger) {
    acceptor = Acceptor(
      socket, on: loop, token: token, budget: budget, newcomers: "clients of a socket that nobody serves",
      logger: logger)
  }

  func open(endPauseLater: @escaping @Sendable () -> Void) {
    acceptor.open(endPauseLater: endPauseLater)
  }

  func dropBatch() {
    acceptor.acceptBatch { accepted in
      _ = accepted.takeSocket()
      budget.giveBack()
    }
  }

  func endPause() { acceptor.endPause() }

  func resume() { acceptor.resume() }

  func close() { acceptor.close() }
}
