import EchoCore
import Sockets
import SystemPackage

/// Ends connections that have no place in the configuration: our FIN first, so that no reset overtakes the last reply.
/// See ``Connection/Phase/lingering(until:bytesLeft:)``.
enum PartingConnections {
  /// How often the peers are looked at.
  static let paceMilliseconds: Int64 = 50

  /// Shuts our sides down, and closes each connection when its peer has, or after ``Connection/lingerMilliseconds``.
  /// Returns at once.
  static func end(_ restored: [RestoredConnection]) {
    let connections = restored.compactMap { Parting($0) }
    guard !connections.isEmpty else { return }
    Task {
      var open = connections
      let deadline = SystemClock.monotonicMilliseconds() + Connection.lingerMilliseconds
      while !open.isEmpty, SystemClock.monotonicMilliseconds() < deadline {
        try? await Task.sleep(for: .milliseconds(Self.paceMilliseconds))
        open.removeAll(where: \.hasEnded)
      }
    }
  }

  private final class Parting: Sendable {
    /// How much of what a peer still sends is discarded each time.
    private static let discardedBytes = 64 << 10

    private let socket: StreamSocket

    init?(_ restored: RestoredConnection) {
      guard let socket = restored.takeSocket() else { return nil }
      self.socket = socket
      try? self.socket.shutdownSending()
    }

    var hasEnded: Bool {
      withUnsafeTemporaryAllocation(byteCount: Self.discardedBytes, alignment: 1) { buffer in
        switch Result(catching: { () throws(Errno) in try socket.receive(into: buffer) }) {
        case .success(.end), .failure: true
        case .success(.bytes), .success(.wouldBlock): false
        }
      }
    }
  }
}

/// Ends bound sockets that have no place in the configuration.
enum PartingSockets {
  /// How many connections that wait at one are ended, rather than reset.
  static let connectionLimit = 1024

  /// Ends sockets for all who have them: the store has them, too, until it is told.
  static func end(_ sockets: [BoundSocket]) {
    var waiting: [RestoredConnection] = []
    for socket in sockets {
      switch socket {
      case .udp(let socket): try? socket.socket.stopReceiving()
      case .tcp(let socket):
        while waiting.count < connectionLimit, let accepted = try? socket.socket.accept() {
          waiting.append(RestoredConnection(accepted.takeSocket(), ConnectionState(number: 0)))
        }
        try? socket.socket.stopListening()
      }
    }
    PartingConnections.end(waiting)
  }
}
