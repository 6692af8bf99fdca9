import Dispatch
import Glibc
public import SystemPackage

/// How many threads this process can have, and whether there is room for their memory.
///
/// Dispatch does not report that it cannot create a thread: the caller sleeps and tries again, forever. So ask first.
public enum ThreadSupply {
  /// What there is too little of.
  public enum Shortage: Hashable, Sendable {
    /// There can be so many threads. The error is EAGAIN if a limit was reached: on the user's processes, the unit's
    /// tasks, or memory. See pthread_create(3).
    case threads(possible: Int, Errno)
    /// There is no room for the memory beside the threads.
    case memory(Errno)
  }

  /// How many threads there are now. See proc(5), /proc/self/task.
  public static func current() -> Int {
    // A directory has a link for itself, one from its parent, and one for each directory in it.
    var status = stat()
    return stat("/proc/self/task", &status) == 0 ? max(1, Int(status.st_nlink) - 2) : 1
  }

  /// Creates threads until there are `count`, but at least one, and ends them again. Each of them allocates memory, as
  /// real threads do.
  ///
  /// - Parameter byteCount: for how much memory there must be room at the same time.
  /// - Returns: the shortage; `nil` if there was enough.
  public static func shortage(of count: Int, withRoomFor byteCount: Int = 0) -> Shortage? {
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
    let hasRoom = failure != 0 || hasRoom(for: byteCount)
    gate.open()
    for thread in threads { pthread_join(thread, nil) }
    if failure != 0 { return .threads(possible: before + threads.count, Errno(rawValue: failure)) }
    return hasRoom ? nil : .memory(.noMemory)
  }

  /// Whether the address space has room: see getrlimit(2), RLIMIT_AS. The pages are not touched, so this says nothing
  /// about the machine's memory.
  private static func hasRoom(for byteCount: Int) -> Bool {
    guard byteCount > 0 else { return true }
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    let address = try? SystemCall.retrying { Int(bitPattern: mmap(nil, byteCount, PROT_NONE, flags, -1, 0)) }
    guard let address else { return false }
    munmap(UnsafeMutableRawPointer(bitPattern: address), byteCount)
    return true
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
