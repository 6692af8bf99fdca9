import Logging
import Sockets
import SystemPackage

/// Drops what arrives at a socket without a listener.
protocol Sink: AnyObject {
  /// Begins to watch the socket.
  func open()
  /// Drops a batch of what waits.
  func dropBatch()
  /// Ends a pause early.
  func resume()
  /// Stops watching the socket.
  func close()
}

/// Accepts connections and closes them at once.
final class ConnectionSink: Sink {
  private let acceptor: Acceptor
  /// Separate from the process's budget, so that clients are disconnected even when that is used up. One is enough:
  /// each connection is closed before the next is accepted.
  private let budget = ConnectionBudget(limit: 1)

  init(_ socket: SharedSocket<ListeningSocket>, on loop: EventLoop, token: UInt64, logger: Logger) {
    acceptor = Acceptor(
      socket, on: loop, token: token, budget: budget, newcomers: "clients of a socket that is not served",
      logger: logger)
  }

  func open() { acceptor.open() }
  func resume() { acceptor.resume() }
  func close() { acceptor.close() }

  func dropBatch() {
    acceptor.acceptBatch { accepted in
      _ = accepted.takeSocket()
      budget.giveBack()
    }
  }
}

/// Receives datagrams and drops them.
final class DatagramSink: Sink {
  /// How many datagrams are dropped per readiness, before other sockets get their turn.
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
  func resume() { intake.resume() }
  func close() { intake.close() }

  func dropBatch() {
    guard intake.isOpen else { return }
    do throws(Errno) {
      for _ in 0..<Self.batch { guard try socket.socket.dropDatagram() else { return } }
    } catch {
      intake.pause(because: "\(error)", error)
    }
  }
}
