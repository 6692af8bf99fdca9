import Glibc
import SystemPackage
import TestSupport

/// What one echod leaves to the next in a file in memory, and how a test damages it. See memfd_create(2).
enum StoredState {
  static let name = "echod-state"

  /// F_ADD_SEALS, and all seals that there were at first. See fcntl(2).
  private static let (addSeals, seals): (Int32, Int32) = (1033, 0xF)

  /// A damage, for a test's arguments.
  enum Damage: Sendable, Equatable {
    /// It is not there.
    case missing
    /// Only the first part of its bytes is left: this many of 1,000.
    case truncated(perMille: Int)
    /// It lacks its last byte.
    case shortened
    /// One of its first bytes, which say what it is, is another.
    case otherBeginning(at: Int)
    /// It is as long as it was, of random bytes.
    case noise
    /// It can still be written to.
    case unsealed
    /// There are two.
    case doubled

    fileprivate func apply(to bytes: [UInt8]) -> [UInt8] {
      switch self {
      case .truncated(let share): return Array(bytes.prefix(bytes.count * share / 1000))
      case .shortened: return bytes.dropLast()
      case .otherBeginning(let place):
        var bytes = bytes
        if place < bytes.count { bytes[place] ^= 0x55 }
        return bytes
      case .noise: return TestSupport.noise(bytes.count)
      case .missing, .unsealed, .doubled: return bytes
      }
    }
  }

  /// Damages what is in a store.
  static func damage(_ damage: Damage, in store: inout StoredDescriptors) throws {
    guard let stored = store[name].first else { throw Errno.noSuchFileOrDirectory }
    if damage != .doubled { store.remove(name) }
    guard damage != .missing else { return }
    let bytes = damage.apply(to: try contents(of: stored.number))
    let file = try file(bytes, isSealed: damage != .unsealed)
    store.add(StoredDescriptor(file, name: name, isWatched: false))
  }

  /// A file in memory.
  static func file(_ bytes: [UInt8], isSealed: Bool) throws -> Int32 {
    // The Glibc module hides it.
    typealias Create = @convention(c) (UnsafePointer<CChar>, UInt32) -> Int32
    let create = unsafeBitCast(dlsym(nil, "memfd_create"), to: Create.self)
    // MFD_CLOEXEC and MFD_ALLOW_SEALING.
    let number = create(name, 0x1 | 0x2)
    guard number >= 0 else { throw Errno(rawValue: errno) }
    _ = try FileDescriptor(rawValue: number).writeAll(toAbsoluteOffset: 0, bytes)
    if isSealed { _ = fcntl(number, addSeals, seals) }
    return number
  }

  private static func contents(of number: Int32) throws -> [UInt8] {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw Errno(rawValue: errno) }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    guard pread(number, &bytes, bytes.count, 0) == bytes.count else { throw Errno(rawValue: errno) }
    return bytes
  }
}
