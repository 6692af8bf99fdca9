import CLinux
import Glibc

/// What this machine says of itself.
public enum Host {
  /// The machine's own name, see gethostname(2); empty when it has none.
  public static var name: String {
    var bytes = [CChar](repeating: 0, count: Int(HOST_NAME_MAX) + 1)
    guard gethostname(&bytes, bytes.count - 1) == 0 else { return "" }
    return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Opens on /dev/null what of the standard streams is closed: otherwise the next socket would get its number, and a
  /// peer what is written for people. Comes before anything else is opened; without /dev/null the process ends with
  /// EX_OSERR, 71. See stdin(3).
  public static func openStandardStreams() {
    for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) == -1 {
      // The lowest number that is free is this one.
      guard open("/dev/null", O_RDWR) == number else { _exit(71) }
    }
  }

  /// Nanoseconds by a clock that no change of the time of day moves. See clock_gettime(2), CLOCK_MONOTONIC.
  public static func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// ``monotonicNanoseconds()`` in microseconds.
  public static func monotonicMicroseconds() -> Int64 { monotonicNanoseconds() / 1000 }

  /// ``monotonicNanoseconds()`` in milliseconds.
  public static func monotonicMilliseconds() -> Int64 { monotonicNanoseconds() / 1_000_000 }

  /// Seconds since 1970-01-01T00:00:00Z. See time(2).
  public static func secondsSinceEpoch() -> Int { time(nil) }

  /// Raises the number of descriptors that this process may open to what the system permits, and returns it. The usual
  /// limit of 1024 is for programs that use select(2), which nothing here does. See getrlimit(2).
  public static func raiseDescriptorLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(clamping: limit.rlim_cur)
  }

  /// Lets this thread wake up when it asked to, and not up to 50 microseconds later to save power.
  /// See PR_SET_TIMERSLACK(2const).
  public static func useExactTimers() {
    clinux_set_timer_slack(1)
  }

  /// Gives a queue's large tables and buffers back to the kernel when the queue ends. Left to itself the allocator
  /// learns from the first one that is freed to keep such blocks, and a daemon that reloads often grows.
  /// See mallopt(3), M_MMAP_THRESHOLD.
  public static func returnLargeMemory() {
    clinux_return_blocks_from(1 << 20)
  }

  /// How many descriptors this process has open. See proc(5), /proc/self/fd.
  public static func openDescriptors() -> Int {
    guard let directory = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    // Without `.`, `..` and the directory itself.
    return max(0, count - 3)
  }
}
