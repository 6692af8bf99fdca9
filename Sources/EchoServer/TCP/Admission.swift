import Addresses
import EchoCore
import Sockets

/// Who may have a connection of a queue, and who its client is.
///
/// Access list, limits and statistics apply to the client. Without a preface, that is the peer; with one, the
/// connection has no client until the preface is complete, but already counts towards the listener's limit.
final class Admission {
  /// What came of a piece of a preface.
  enum Progress {
    /// More is needed.
    case incomplete
    /// The client is known, and the first bytes of its message, perhaps none, are at the beginning of the buffer.
    case identified(byteCount: Int)
    /// The connection must be closed; it was counted.
    case refused
  }

  private let needs: Service.Needs
  private let counters: Counters
  private let drops: DropLog
  private let makePreface: (ListenerPolicy) -> (any Preface)?
  private var limits: ConnectionLimits
  private var preface: (any Preface)?
  /// Stored separately, because every access to an existential copies it.
  private var hasPreface: Bool
  /// The reason to close connections whose preface does not come.
  private var lastDropReason: DropReason?

  /// - Parameters:
  ///   - needs: what the service is told about a connection.
  ///   - makePreface: the preface of a policy; `nil` for none.
  init(
    _ policy: ListenerPolicy, needs: Service.Needs, counters: Counters, drops: DropLog,
    makePreface: @escaping (ListenerPolicy) -> (any Preface)?
  ) {
    (self.needs, self.counters, self.drops, self.makePreface) = (needs, counters, drops, makePreface)
    limits = policy.limits
    preface = makePreface(policy)
    hasPreface = preface != nil
    lastDropReason = preface?.dropReason ?? lastDropReason
  }

  /// Begins a connection: with its preface, or at once as the peer's. `false` if it is refused; it was counted, and its
  /// place in the process's budget given back.
  func begin(_ connection: Connection, at now: Int64) -> Bool {
    let begins =
      hasPreface ? expectPreface(on: connection, at: now) : identify(connection, as: connection.peer)
    if !begins { limits.process.giveBack() }
    return begins
  }

  /// Begins a preface, unless the peer may not send one or the listener has too many connections.
  private func expectPreface(on connection: Connection, at now: Int64) -> Bool {
    guard let preface else { return false }
    if let reason = preface.permits(connection.peer) ? limits.reserve() : .denied {
      drops.drop(reason, of: connection.peer)
      return false
    }
    connection.beginPreface(until: now + preface.deadlineMilliseconds)
    return true
  }

  /// Applies access list and limits to a connection once its client is known, and counts the client. `false` if it is
  /// refused.
  private func identify(_ connection: Connection, as client: Endpoint?, at local: Endpoint? = nil) -> Bool {
    if let reason = limits.reasonToRefuse(client, isReserved: connection.isInPreface) {
      drops.drop(reason, of: client)
      return false
    }
    let own =
      local == nil && needs.contains(.localEndpoint)
      ? try? connection.socket.descriptor.localEndpoint() : local
    connection.identify(as: client, at: own)
    counters.add(.clientsCurrent)
    counters.add(.clientsTotal)
    return true
  }

  /// Counts a connection that the process before this one admitted. The process's budget has counted it.
  ///
  /// - Parameter isCounted: whether its client was counted as new.
  func readmit(_ connection: Connection, isCounted: Bool) {
    limits.add(connection.client, isIdentified: connection.isIdentified)
    guard connection.isIdentified else { return }
    counters.add(.clientsCurrent)
    if !isCounted { counters.add(.clientsTotal) }
  }

  /// Gives back everything that counted a connection which has ended.
  func end(_ connection: Connection) {
    if connection.isIdentified { counters.subtract(.clientsCurrent) }
    limits.giveBack(connection.client, isIdentified: connection.isIdentified)
  }
}

// MARK: - Prefaces

extension Admission {
  /// Reads the next piece of a connection's preface, which is at the beginning of a buffer. A preface that came in one
  /// piece is not copied.
  func readPreface(
    _ byteCount: Int, in buffer: UnsafeMutableRawBufferPointer, on connection: Connection
  ) -> Progress {
    guard let preface else { return refuse(connection) }
    let piece = UnsafeRawBufferPointer(rebasing: buffer[..<byteCount])
    let kept = connection.prefaceByteCount
    if kept > 0 { connection.keepPreface(piece.prefix(preface.byteLimit - kept)) }
    let reading =
      kept == 0
      ? preface.read(piece, from: connection.peer)
      : connection.withPreface { preface.read($0, from: connection.peer) }
    switch reading {
    case .incomplete:
      if kept == 0 { connection.keepPreface(piece.prefix(preface.byteLimit)) }
      return connection.prefaceByteCount < preface.byteLimit ? .incomplete : refuse(connection)
    case .client(let client, let local, let prefaceBytes, let header) where prefaceBytes > kept:
      if let header, needs.contains(.delivery) {
        connection.header =
          kept == 0
          ? KeptHeader(header, UnsafeRawBufferPointer(rebasing: piece.prefix(prefaceBytes)))
          : connection.withPreface {
            KeptHeader(header, UnsafeRawBufferPointer(rebasing: $0.prefix(prefaceBytes)))
          }
      }
      guard identify(connection, as: client, at: local) else { return .refused }
      let message = UnsafeRawBufferPointer(rebasing: piece[(prefaceBytes - kept)...])
      buffer.copyMemory(from: message)
      return .identified(byteCount: message.count)
    // A preface that ends in bytes which were incomplete before makes no sense.
    case .wrong, .client: return refuse(connection)
    }
  }

  private func refuse(_ connection: Connection) -> Progress {
    countMissingPreface(of: connection)
    return .refused
  }

  /// Counts a connection whose preface is missing, wrong or late.
  func countMissingPreface(of connection: Connection) {
    if let lastDropReason { drops.drop(lastDropReason, of: connection.peer) }
  }
}

// MARK: - A changed policy

extension Admission {
  /// Applies a changed policy to connections that begin from now on, and counts the open ones towards a new limit.
  func change(to policy: ListenerPolicy, for connections: [Connection]) {
    let oldPerClient = limits.perClient
    limits = policy.limits
    preface = makePreface(policy)
    hasPreface = preface != nil
    lastDropReason = preface?.dropReason ?? lastDropReason
    guard let perClient = limits.perClient, perClient !== oldPerClient else { return }
    for connection in connections where connection.isIdentified {
      if let client = connection.client { perClient.add(client) }
    }
  }

  /// Why an open connection must end under the current policy: its peer or its client may no longer use the listener,
  /// or it sends a preface that is no longer expected.
  func reasonToEnd(_ connection: Connection) -> DropReason? {
    if let preface, !preface.permits(connection.peer) { return .denied }
    if connection.isInPreface { return hasPreface ? nil : lastDropReason ?? .badProxyHeader }
    if let client = connection.client, !limits.access.permits(client.address) { return .denied }
    return nil
  }
}
