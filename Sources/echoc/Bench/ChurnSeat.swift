import Addresses
import Sockets
import SystemPackage

/// Room for one connection after the other, each with one message.
struct ChurnSeat: ~Copyable {
  /// What its connection is at.
  enum Phase {
    case resting
    /// The connection could not be made or broke. The seat is taken again with the next upkeep, or a dead server would
    /// be knocked at without a pause.
    case failed
    case connecting
    case exchanging
    /// The reply is whole, and the server is expected to close.
    case ending
  }

  var socket: StreamSocket?
  var phase = Phase.resting
  /// When the message counts as sent, and when its connection was begun.
  var stamp: Int64 = 0
  var begunAt: Int64 = 0
  var sentBytes = 0
  var receivedBytes = 0
  var isWrong = false

  /// Sends as much of the message as there is room for: nothing before it is connected.
  mutating func send(_ message: UnsafeRawBufferPointer, to endpoint: Endpoint) throws(Errno) {
    while sentBytes < message.count {
      let rest = UnsafeRawBufferPointer(rebasing: message[sentBytes...])
      guard case .done(let count)? = try socket?.send(rest) else { return }
      if phase == .connecting {
        if try socket?.isConnected(toItselfAs: endpoint) == true { throw .connectionRefused }
        phase = .exchanging
      }
      sentBytes += count
    }
  }

  /// Closes the connection from here, without TIME_WAIT.
  mutating func reset() {
    socket?.resetOnClose()
    leave()
  }

  /// Closes the connection.
  mutating func leave() {
    socket = nil
    phase = .resting
  }
}

extension StreamSocket {
  /// Adds the socket to a set.
  func join(
    _ set: borrowing ReadinessSet, for interest: ReadinessSet.Interest, token: UInt64
  ) throws(Errno) {
    try set.add(descriptor, for: interest, token: token)
  }
}
