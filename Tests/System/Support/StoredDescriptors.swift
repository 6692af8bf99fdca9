import Glibc

/// A descriptor in a store, or one that was passed with a message: closed when nobody has it any more.
final class StoredDescriptor: Sendable {
  /// What it was stored as.
  let name: String
  /// Its number here.
  let number: Int32
  /// Whether the manager drops it when it is hung up: without FDPOLL=0.
  let isWatched: Bool

  init(_ number: Int32, name: String, isWatched: Bool) {
    (self.number, self.name, self.isWatched) = (number, name, isWatched)
  }

  deinit { close(number) }

  /// Whether both are open on the same thing. systemd asks kcmp(2), which needs privileges in some sandboxes.
  func isSame(as other: StoredDescriptor) -> Bool {
    var (mine, theirs) = (stat(), stat())
    guard fstat(number, &mine) == 0, fstat(other.number, &theirs) == 0 else { return false }
    let areAlike = mine.st_dev == theirs.st_dev && mine.st_ino == theirs.st_ino
    // The two ends of a pipe have one inode.
    return areAlike && fcntl(number, F_GETFL) == fcntl(other.number, F_GETFL)
  }
}

/// The descriptor store of a service, as systemd keeps it. See systemd.service(5), FileDescriptorStoreMax=, and
/// sd_pid_notify_with_fds(3).
struct StoredDescriptors: Sendable {
  /// How many it keeps; it closes any more than that.
  var maximum: Int
  /// What is in it, in the order in which systemd passes it on: the latest first.
  private(set) var all: [StoredDescriptor] = []

  init(maximum: Int) { self.maximum = maximum }

  /// The names, as often as there are descriptors.
  var names: [String] { all.map(\.name) }

  subscript(name: String) -> [StoredDescriptor] { all.filter { $0.name == name } }

  /// Does what a message asks for. What it does not ask to be kept is closed.
  mutating func take(_ lines: [String], _ numbers: [Int32]) {
    let name = lines.first { $0.hasPrefix("FDNAME=") }?.dropFirst("FDNAME=".count)
    let descriptors = numbers.map {
      StoredDescriptor($0, name: name.map(String.init) ?? "stored", isWatched: !lines.contains("FDPOLL=0"))
    }
    if lines.contains("FDSTORE=1") { for descriptor in descriptors { add(descriptor) } }
    if lines.contains("FDSTOREREMOVE=1"), let name { remove(String(name)) }
  }

  /// Adds a descriptor, unless the store is full or has it.
  mutating func add(_ descriptor: StoredDescriptor) {
    guard all.count < maximum, !all.contains(where: { $0.isSame(as: descriptor) }) else { return }
    all.insert(descriptor, at: 0)
  }

  /// Removes everything under a name.
  mutating func remove(_ name: String) { all.removeAll { $0.name == name } }

  /// Removes everything, as systemd does when a service has stopped.
  mutating func removeAll() { all = [] }
}
