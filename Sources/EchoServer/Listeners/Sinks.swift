import Logging
import Sockets
import SystemPackage

/// Takes what comes to a socket that nobody serves, and drops it.
protocol Sink: AnyObject {
  /// Begins to watch the socket.
  func open()

  /// Drops a batch of what waits.
  func dropBatch()

  /// Goes on before a pause is over.
  func resume()

  /// Stops watching the socket.
  func close()
}

/// Accepts connections and closes them at once.
final class ConnectionSink: Sink {
  private let acceptor: Acceptor
  /// Of its own, so that clients are disconnected even when the listeners have as many connections as they may: here a
  /// connection is closed before the next one is accepted.
  private let budget = ConnectionBudget(limit: 1)

  init(_ socket: SharedSocket<ListeningSocket>, on loop: EventLoop, token: UInt64, logger: Logger) {
    acceptor = Acceptor(
      socket, on: loop, token: token, budget: budget, newcomers: "clients of a socket that is not served",
      logger: logger)
  }

  func open() { acceptor.open() }

  func dropBatch() {
    acceptor.acceptBatch { accepted in
      _ = accepted.takeSocket()
      budget.giveBack()
    }
  }

  func resume() { acceptor.resume() }

  func close() { acceptor.close() }
}

/// Receives datagrams and drops them.
final class DatagramSink: Sink {
  /// How many datagrams one readiness drops before others get their turn.
  static let batch = 64

  private let socket: SharedSocket<DatagramSocket>
  private let intake: SocketIntake

  init(_ socket: SharedSocket<DatagramSocket>, on loop: EventLoop, token: UInt64, logger: Logger) {
    self.socket = socket
    intake = SocketIntake(
      of: .udp(socket), on: loop, token: token,
      pauseText: "datagrams of a socket that is not served are left in the kernel until it recovers",
      logger: logger)
  }

  func open() { intake.open() }

  func dropBatch() {
    guard intake.isOpen else { return }
    do throws(Errno) {
      for _ in 0..<Self.batch { guard try socket.socket.dropDatagram() else { return } }
    } catch {
      intake.pause(because: "\(error)", error)
    }
  }

  func resume() { intake.resume() }

  func close() { intake.close() }
}
