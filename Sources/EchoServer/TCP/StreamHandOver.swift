import EchoCore
import Sockets
import Synchronization

// How a restart keeps the connections of a queue.

extension Connection {
  /// What the next process has to know; `nil` if the connection cannot be handed over, because it is about to be reset
  /// or its last reply is cut.
  ///
  /// - Parameter handOver: has the room for the bytes that the connection carries.
  func state(for handOver: HandOver) -> ConnectionState? {
    var state = ConnectionState(number: socket.descriptor.socketNumber)
    switch phase {
    case .preface(let deadline):
      guard handOver.takeRoom(for: prefaceByteCount) else { return nil }
      (state.phase, state.deadline, state.preface) = (.preface, deadline, withPreface(Array.init))
    case .receiving: state.phase = .receiving
    case .sending:
      guard shaping?.ending == nil, handOver.takeRoom(for: unsentByteCount) else { return nil }
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
  /// Puts the connections into the parcels. They stay open.
  ///
  /// - Returns: the states of those that are in a parcel, those that found no room there, and those that have to be reset.
  func handOver(
    to handOver: HandOver
  ) -> (states: [ConnectionState], left: [Connection], rest: [Connection]) {
    var (states, left, rest): ([ConnectionState], [Connection], [Connection]) = ([], [], [])
    var (finished, unfinished) = (Batch(), Batch(isUnfinished: true))
    for connection in members {
      guard let state = connection.state(for: handOver) else {
        rest.append(connection)
        continue
      }
      // If it is lost on the way, its client must not take the reply for whole.
      if state.phase == .sending { connection.socket.resetOnClose() }
      state.needsState ? unfinished.add(connection, state) : finished.add(connection, state)
      if finished.isFull { finished.send(by: handOver, &states, &left) }
      if unfinished.isFull { unfinished.send(by: handOver, &states, &left) }
    }
    finished.send(by: handOver, &states, &left)
    unfinished.send(by: handOver, &states, &left)
    if !rest.isEmpty { handOver.lose(rest.count) }
    return (states, left, rest)
  }

  /// Connections that are sent in one message.
  private struct Batch {
    var isUnfinished = false
    private var members: [(Connection, ConnectionState)] = []
    private var descriptors = DescriptorList()

    init(isUnfinished: Bool = false) { self.isUnfinished = isUnfinished }

    var isFull: Bool { descriptors.isFull }

    mutating func add(_ connection: Connection, _ state: ConnectionState) {
      members.append((connection, state))
      descriptors.append(connection.socket.descriptor)
    }

    /// Sends them, and starts a new message.
    mutating func send(by handOver: HandOver, _ states: inout [ConnectionState], _ left: inout [Connection]) {
      defer { self = Batch(isUnfinished: isUnfinished) }
      guard !descriptors.isEmpty else { return }
      if handOver.send(descriptors, unfinished: isUnfinished) {
        states += members.map(\.1)
      } else {
        left += members.map(\.0)
      }
    }
  }
}

extension ConnectionState {
  /// Whether the connection cannot go on without this state: a stream would lack a part, or our side is shut down.
  fileprivate var needsState: Bool {
    switch phase {
    case .sending, .lingering, .preface: true
    case .receiving: false
    }
  }
}

/// A connection of the process before this one, on its way to its queue.
final class RestoredConnection: Sendable {
  let state: ConnectionState
  /// Whether it was counted as a new client before the restart.
  let isCounted: Bool
  private let socket: Mutex<StreamSocket?>
  private let budget: ConnectionBudget

  /// - Parameter budget: has counted the connection already.
  init(
    _ socket: consuming StreamSocket, _ state: ConnectionState, of budget: ConnectionBudget,
    isCounted: Bool = true
  ) {
    (self.state, self.budget, self.isCounted) = (state, budget, isCounted)
    self.socket = Mutex(socket)
  }

  deinit {
    // No queue took it.
    if takeSocket() != nil { budget.giveBack() }
  }

  /// Passes the socket and its place in the budget on to its queue; `nil` if that was done before.
  func takeSocket() -> StreamSocket? { socket.withLock { $0.take() } }
}
