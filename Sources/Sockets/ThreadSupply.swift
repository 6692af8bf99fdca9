import Dispatch
import Glibc
public import SystemPackage

/// How many threads this process can have.
///
/// Dispatch does not report that it cannot create a thread: the caller sleeps and tries again, forever. So ask first.
public enum ThreadSupply {
  /// Why there are too few threads.
  public struct Shortage: Hashable, Sendable {
    /// How many threads there can be.
    public let possible: Int
    /// EAGAIN if a limit was reached: on the user's processes, the unit's tasks, or memory. See pthread_create(3).
    public let error: Errno
  }

  /// How many threads there are now. See proc(5), /proc/self/task.
  public static func current() -> Int {
    // A directory has a link for itself, one from its parent, and one for each directory in it.
    var status = stat()
    return stat("/proc/self/task", &status) == 0 ? max(1, Int(status.st_nlink) - 2) : 1
  }

  /// Creates threads until there are `count`, but at least one, and ends them again. Each of them allocates memory, as
  /// real threads do: this can take a large part of a limit on memory. See mallopt(3), M_ARENA_MAX.
  ///
  /// - Returns: the shortage; `nil` if there were enough threads.
  public static func shortage(of count: Int) -> Shortage? {
    let before = current()
    let gate = Gate()
    var threads: [pthread_t] = []
    var failure: Int32 = 0
    while failure == 0, threads.isEmpty || before + threads.count < count {
      var thread = pthread_t()
      failure = pthread_create(&thread, nil, { Gate.pass($0) }, Unmanaged.passUnretained(gate).toOpaque())
      if failure == 0 {
        threads.append(thread)
        gate.waitForArrival()
      }
    }
    gate.open()
    for thread in threads { pthread_join(thread, nil) }
    return failure == 0 ? nil : Shortage(possible: before + threads.count, error: Errno(rawValue: failure))
  }

  /// Where the threads wait until all of them have arrived.
  private final class Gate: Sendable {
    private let arrivals = DispatchSemaphore(value: 0)
    private let lock = DispatchSemaphore(value: 0)

    func waitForArrival() { arrivals.wait() }

    func open() { lock.signal() }

    static func pass(_ gate: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
      guard let gate else { return nil }
      let own = Unmanaged<Gate>.fromOpaque(gate).takeUnretainedValue()
      free(malloc(1))
      own.arrivals.signal()
      own.lock.wait()
      own.lock.signal()
      return nil
    }
  }
}
