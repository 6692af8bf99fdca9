import Synchronization

/// Counts the growth of a 32-bit counter of the kernel that wraps, once for all who ask. Safe to use from any thread.
final class DropCounter: Sendable {
  /// The kernel's counter when it was last read.
  private let last: Atomic<UInt32>

  /// Counts from a value of the kernel's counter.
  init(from start: UInt32) {
    last = Atomic(start)
  }

  /// The kernel's counter when it was last read.
  var counted: UInt32 { last.load(ordering: .acquiring) }

  /// Counts from another value of the kernel's counter.
  func restart(from start: UInt32) {
    last.store(start, ordering: .releasing)
  }

  /// By how much the counter has grown since the last call; 0 when it cannot be read.
  func take(_ read: () -> UInt32?) -> Int {
    while true {
      let expected = last.load(ordering: .acquiring)
      // Read after the load, so that the counter is never behind it.
      guard let current = read() else { return 0 }
      let (isMine, _) = last.compareExchange(
        expected: expected, desired: current, ordering: .acquiringAndReleasing)
      if isMine { return Int(current &- expected) }
    }
  }
}
