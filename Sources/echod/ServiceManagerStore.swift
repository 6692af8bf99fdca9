import EchoServer
import Sockets

/// systemd's descriptor store. See systemd.service(5), FileDescriptorStoreMax.
final class ServiceManagerStore: DescriptorStore {
  /// How long one call of ``passOn(_:)`` waits for the manager in total.
  static let patience = Duration.seconds(10)
  /// How long it waits before it tries again.
  static let pause = Duration.milliseconds(5)

  private let link: ManagerLink
  private let patience: Duration

  /// - Parameters:
  ///   - stored: what the store has from an earlier process: the numbers of the sockets under each name (see
  ///     ``Sockets/Descriptor/socketNumber``), without what is to be removed with ``remove(_:)``.
  init(
    over link: ManagerLink, stored: [String: Set<UInt64>] = [:],
    patience: Duration = ServiceManagerStore.patience
  ) {
    self.link = link
    self.patience = patience
    link.update { $0.store = StoreChanges(stored: stored) }
  }

  func keep(_ sockets: [KeptSockets]) {
    link.update { $0.store.keep(sockets) }
  }

  func remove(_ names: [String]) {
    link.update { $0.store.remove(names) }
  }

  /// If it returns `false`, the manager is told, now or later, to remove what it was sent.
  func passOn(_ parcels: [(name: String, descriptors: DescriptorList)]) async -> Bool {
    let deadline = ContinuousClock.now + patience
    var sent: [String] = []
    for parcel in parcels where !parcel.descriptors.isEmpty {
      guard await send(.storing(parcel.descriptors, as: parcel.name), before: deadline) else { break }
      sent.append(parcel.name)
    }
    let isAllSent = sent.count == parcels.count { !$0.descriptors.isEmpty }
    if isAllSent, await isConfirmed(before: deadline) { return true }
    remove(sent)
    return false
  }

  /// Whether the manager says that it has taken everything. See sd_notify_barrier(3).
  private func isConfirmed(before deadline: ContinuousClock.Instant) async -> Bool {
    // Without a descriptor there is no answer to wait for, but everything has been sent.
    guard let pipe = try? Pipe() else { return true }
    guard await send(.barrier(closing: pipe.writer), before: deadline) else { return false }
    let reader = pipe.closeWriter()
    // It is readable once the manager has closed the other end, too.
    while (try? reader.wait(for: .readable, milliseconds: 0)) != true {
      guard await pause(before: deadline) else { return false }
    }
    return true
  }

  /// Sends a message after those that are waiting; `false` if there is no room until the deadline, or the manager is
  /// gone.
  private func send(_ message: ManagerMessage, before deadline: ContinuousClock.Instant) async -> Bool {
    while true {
      switch try? link.sendNow(message) {
      case .done: return true
      case nil: return false
      case .wouldBlock: guard await pause(before: deadline) else { return false }
      }
    }
  }

  /// Waits without blocking a thread; `false` if it is too late, or the task was cancelled.
  private func pause(before deadline: ContinuousClock.Instant) async -> Bool {
    guard ContinuousClock.now < deadline else { return false }
    return (try? await Task.sleep(for: Self.pause)) != nil
  }
}
