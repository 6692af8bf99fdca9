import EchoCore
import Sockets
import Synchronization
import SystemPackage

/// The connections that go to the next process, from all queues: parcels with their descriptors, and a limit on the bytes
/// that they carry.
final class HandOver: Sendable {
  /// How many bytes all connections together may carry: parts of replies and of PROXY headers. A connection that
  /// exceeds this is reset, as at the end of a grace period.
  static let byteLimit = RestartState.byteLimit / 2

  private struct Account {
    var bytes = 0
    var lost = 0
    var error: Errno?
    /// The connections that cannot go on without their state.
    var unfinished: DescriptorParcel?
  }

  /// `nil` if it cannot be made.
  private let parcel: DescriptorParcel?
  private let account: Mutex<Account>

  init() {
    do throws(Errno) {
      parcel = try DescriptorParcel()
      account = Mutex(Account())
    } catch {
      parcel = nil
      account = Mutex(Account(error: error))
    }
  }

  /// What the store has to keep.
  var parcels: [(name: String, descriptors: DescriptorList)] {
    let all: [(String, DescriptorParcel?)] = [
      (StoredName.connections, parcel), (StoredName.unfinished, account.withLock(\.unfinished)),
    ]
    return all.compactMap { name, parcel in
      guard let parcel, parcel.count > 0 else { return nil }
      return (name, parcel.receivers)
    }
  }

  /// How many connections are in the parcels.
  var count: Int { (parcel?.count ?? 0) + (account.withLock(\.unfinished)?.count ?? 0) }

  /// How many connections could not be handed over, and why the first one could not.
  var losses: (count: Int, error: Errno?) { account.withLock { ($0.lost, $0.error) } }

  /// Takes room for bytes that a connection carries; `false` if there is none.
  func takeRoom(for byteCount: Int) -> Bool {
    account.withLock { account in
      guard account.bytes + byteCount <= Self.byteLimit else { return false }
      account.bytes += byteCount
      return true
    }
  }

  /// Puts connections into a parcel. Returns whether they are there; otherwise they are lost, and counted.
  ///
  /// - Parameter unfinished: whether they cannot go on without their state.
  func send(_ descriptors: DescriptorList, unfinished: Bool) -> Bool {
    guard let parcel else {
      lose(descriptors.count)
      return false
    }
    do throws(Errno) {
      try (unfinished ? unfinishedParcel() : parcel).send(descriptors)
      return true
    } catch {
      lose(descriptors.count, because: error)
      return false
    }
  }

  private func unfinishedParcel() throws(Errno) -> DescriptorParcel {
    try account.withLock { (account) throws(Errno) in
      if let parcel = account.unfinished { return parcel }
      let parcel = try DescriptorParcel()
      account.unfinished = parcel
      return parcel
    }
  }

  /// Counts connections that are lost.
  func lose(_ count: Int, because error: Errno? = nil) {
    account.withLock { account in
      account.lost += count
      account.error = account.error ?? error
    }
  }

  /// Whether the store has kept the parcels. Call it when the store has taken them: our own copies are closed first, so
  /// that only the store can still have the receiving ends.
  func isKept() -> Bool {
    let parcels: [DescriptorParcel?] = [parcel, account.withLock(\.unfinished)]
    return parcels.compactMap(\.self).allSatisfy { $0.count == 0 || $0.isKeptElsewhere() }
  }

  /// Makes sure that nobody takes the connections out of the parcels, because they go on here.
  func cancel() {
    for parcel in [parcel, account.withLock(\.unfinished)] { parcel?.empty() }
  }
}
