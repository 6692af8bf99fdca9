import Glibc
import SystemPackage

/// This machine's clock as adjtimex(2) describes it; the Glibc module hides the call.
enum KernelClock {
  /// Larger than struct timex, which is all zeros to read only.
  private static let room = 64
  /// TIME_ERROR: the clock is not synchronized.
  private static let unsynchronized: Int32 = 5

  /// Whether the clock is synchronized to UTC.
  static func isSynchronized() throws -> Bool {
    typealias Function = @convention(c) (UnsafeMutableRawPointer) -> Int32
    guard let address = dlsym(nil, "adjtimex") else { throw Errno.noFunction }
    var state = [UInt64](repeating: 0, count: room)
    let result = state.withUnsafeMutableBytes { bytes in
      bytes.baseAddress.map { unsafeBitCast(address, to: Function.self)($0) } ?? -1
    }
    guard result >= 0 else { throw Errno(rawValue: errno) }
    return result != unsynchronized
  }
}
