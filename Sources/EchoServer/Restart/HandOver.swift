import EchoCore
import Sockets
import Synchronization
import SystemPackage

/// The connections that go to the next process, from all queues: a parcel with their descriptors, and a limit on the
/// bytes that they carry.
final class HandOver: Sendable {
  /// How many unsent bytes all connections together take along. A connection that exceeds it is reset, as at the end of
  /// a grace period.
  static let unsentByteLimit = RestartState.byteLimit / 2

  private struct Account {
    var unsentBytes = 0
    var lostConnections = 0
    var error: Errno?
  }

  /// `nil` if there is none, because descriptors or memory ran out: then every connection is lost.
  let parcel: DescriptorParcel?
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

  /// How many connections could not be handed over, and why.
  var losses: (count: Int, error: Errno?) { account.withLock { ($0.lostConnections, $0.error) } }

  /// Takes room for the unsent bytes of a connection; `false` if there is none.
  func takeRoom(forUnsentBytes byteCount: Int) -> Bool {
    account.withLock { account in
      guard account.unsentBytes + byteCount <= Self.unsentByteLimit else { return false }
      account.unsentBytes += byteCount
      return true
    }
  }

  /// Puts descriptors into the parcel. Returns whether they are there; otherwise they are lost, and counted.
  func send(_ descriptors: DescriptorList) -> Bool {
    guard let parcel else {
      lose(descriptors.count)
      return false
    }
    do throws(Errno) {
      try parcel.send(descriptors)
      return true
    } catch {
      lose(descriptors.count, because: error)
      return false
    }
  }

  /// Counts connections that are lost.
  func lose(_ count: Int, because error: Errno? = nil) {
    account.withLock { account in
      account.lostConnections += count
      account.error = account.error ?? error
    }
  }
}
