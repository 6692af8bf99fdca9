import EchoCore
import Sockets
import Synchronization

// How the connections of a queue go over a restart.

extension Connection {
  /// What the next process has to know; `nil` if the connection cannot be handed over, because it is about to be reset
  /// or its last reply is cut.
  ///
  /// - Parameter handOver: has room for the unsent bytes, or not.
  func state(for handOver: HandOver) -> ConnectionState? {
    var state = ConnectionState(number: socket.descriptor.socketNumber)
    switch phase {
    case .preface(let deadline):
      (state.phase, state.deadline, state.preface) = (.preface, deadline, withPreface(Array.init))
    case .receiving: state.phase = .receiving
    case .sending:
      guard shaping?.ending == nil, handOver.takeRoom(forUnsentBytes: unsentByteCount) else { return nil }
      (state.phase, state.unsent) = (.sending, unsentBytes)
    case .lingering(let deadline, _): (state.phase, state.deadline) = (.lingering, deadline)
    case .held, .resetting: return nil
    }
    (state.peer, state.client, state.local) = (peer, client, local)
    (state.messages, state.bytes, state.replyBytes) = (messages, bytes, replyBytes)
    state.activeAt = activeAt
    state.lineFreeAt = shaping?.lineFreeAt ?? 0
    state.header = header?.encoded ?? []
    return state
  }
}

extension ConnectionTable where Member == Connection {
  /// Puts the connections into the parcel. They stay open, but are not in the readiness set any more.
  ///
  /// - Returns: the states of those that are in the parcel, and the connections that have to be reset.
  func handOver(to handOver: HandOver) -> (states: [ConnectionState], rest: [Connection]) {
    var (states, rest): ([ConnectionState], [Connection]) = ([], [])
    var (batch, descriptors) = ([(Connection, ConnectionState)](), DescriptorList())
    let send = {
      if handOver.send(descriptors) {
        states += batch.map(\.1)
      } else {
        // They are lost: their clients get the end of the stream.
        for (connection, _) in batch { try? connection.socket.shutdownSending() }
      }
      (batch, descriptors) = ([], DescriptorList())
    }
    for connection in members {
      guard let state = connection.state(for: handOver) else {
        rest.append(connection)
        continue
      }
      leaveSet(connection)
      batch.append((connection, state))
      descriptors.append(connection.socket.descriptor)
      if descriptors.isFull { send() }
    }
    if !descriptors.isEmpty { send() }
    return (states, rest)
  }
}

/// A connection of the process before this one, on its way to its queue.
final class RestoredConnection: Sendable {
  let state: ConnectionState
  private let socket: Mutex<StreamSocket?>

  init(_ socket: consuming StreamSocket, _ state: ConnectionState) {
    self.state = state
    self.socket = Mutex(socket)
  }

  /// Passes the socket on to its queue; `nil` if that was done before.
  func takeSocket() -> StreamSocket? { socket.withLock { $0.take() } }
}
