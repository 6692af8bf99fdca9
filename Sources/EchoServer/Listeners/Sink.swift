import Logging
import Sockets
import SystemPackage

/// Drops everything that arrives at a socket without a listener.
struct Sink {
  /// How many datagrams are dropped per readiness event, before other sockets get their turn.
  static let batch = 64

  let intake: SocketIntake
  /// Drops a batch of the waiting connections or datagrams.
  let dropBatch: () -> Void

  init(_ socket: BoundSocket, on loop: EventLoop, token: UInt64, logger: Logger) {
    switch socket {
    case .udp(let socket): self.init(dropping: socket, on: loop, token: token, logger: logger)
    case .tcp(let socket): self.init(closing: socket, on: loop, token: token, logger: logger)
    }
  }

  /// Accepts connections and closes them at once.
  private init(
    closing socket: SharedSocket<ListeningSocket>, on loop: EventLoop, token: UInt64, logger: Logger
  ) {
    // Separate from the process's budget, so that clients are disconnected even when that is used up. One is enough:
    // each connection is closed before the next is accepted.
    let budget = ConnectionBudget(limit: 1)
    let acceptor = Acceptor(
      socket, on: loop, token: token, budget: budget, newcomers: "clients of a socket that is not served",
      logger: logger)
    intake = acceptor.intake
    dropBatch = {
      acceptor.acceptBatch { accepted in
        _ = accepted.takeSocket()
        budget.giveBack()
      }
    }
  }

  /// Receives datagrams and drops them.
  private init(
    dropping socket: SharedSocket<DatagramSocket>, on loop: EventLoop, token: UInt64, logger: Logger
  ) {
    let intake = SocketIntake(
      of: .udp(socket), on: loop, token: token,
      pauseText: "datagrams of a socket that is not served stay in the kernel until it recovers",
      logger: logger)
    self.intake = intake
    dropBatch = {
      guard intake.isOpen else { return }
      do throws(Errno) {
        for _ in 0..<Self.batch { guard try socket.socket.dropDatagram() else { return } }
      } catch {
        intake.pause(because: "\(error)", error)
      }
    }
  }
}
