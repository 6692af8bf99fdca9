import EchoServer
import Glibc
@testable import Sockets
import Synchronization

/// A descriptor store in this process.
final class StoreUnderTest: DescriptorStore {
  private struct Contents {
    var kept: [(name: String, number: Int32)] = []
    var passedOn: [(name: String, number: Int32)] = []
    var removed: [String] = []
  }

  /// What a store does with what is passed on.
  enum Room {
    case all, onlyState
    /// It keeps everything, but answers too late.
    case late
    /// It does not even answer.
    case none
  }

  private let contents = Mutex(Contents())
  private let room: Room

  init(room: Room = .all) { self.room = room }

  deinit {
    for (_, number) in all { close(number) }
  }

  /// The names of the sockets that are kept.
  var keptNames: [String] { contents.withLock { $0.kept.map(\.name) } }

  /// The names that were removed.
  var removedNames: [String] { contents.withLock(\.removed) }

  /// What the next process gets. The store has its own copies.
  func restoration() throws -> Restoration {
    var restoration = Restoration()
    for (name, number) in all { _ = try restoration.add(Self.copy(number), name: name) }
    return restoration
  }

  /// Adds a copy of a descriptor under a name.
  func add(_ number: Int32, as name: String) {
    contents.withLock { $0.passedOn.append((name, Self.copy(number))) }
  }

  /// Removes what was passed on under a name.
  func drop(_ name: String) {
    contents.withLock { contents in
      for entry in contents.passedOn where entry.name == name { close(entry.number) }
      contents.passedOn.removeAll { $0.name == name }
    }
  }

  func keep(_ sockets: [KeptSockets]) {
    let wanted = sockets.flatMap { sockets in
      sockets.descriptors.numbers.map { (name: sockets.name, number: Self.copy($0)) }
    }
    contents.withLock { contents in
      for (_, number) in contents.kept { close(number) }
      contents.kept = wanted
    }
  }

  func passOn(_ parcels: [(name: String, descriptors: DescriptorList)]) async -> Bool {
    if room == .none { return false }
    for parcel in parcels where room != .onlyState || parcel.name == "echod-state" {
      for number in parcel.descriptors.numbers { add(number, as: parcel.name) }
    }
    return room != .late
  }

  func remove(_ names: [String]) {
    contents.withLock { $0.removed += names }
    for name in names { drop(name) }
  }

  private var all: [(name: String, number: Int32)] { contents.withLock { $0.kept + $0.passedOn } }

  private static func copy(_ number: Int32) -> Int32 { fcntl(number, F_DUPFD_CLOEXEC, 3) }
}
