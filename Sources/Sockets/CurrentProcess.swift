import CLinux
import Glibc

/// Settings and limits of this process.
public enum CurrentProcess {
  /// Opens /dev/null for each standard stream that is closed: otherwise the next socket would get its number, and a
  /// peer would receive the program's output. Standard output is opened for reading only, so that writing to it fails as
  /// if it were closed. Call it before anything else is opened. Without /dev/null the process exits with
  /// EX_OSERR, 71. See stdin(3).
  public static func openStandardStreams() {
    for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) == -1 {
      // open(2) returns the lowest free number, which is this one.
      guard open("/dev/null", number == STDOUT_FILENO ? O_RDONLY : O_RDWR) == number else { _exit(71) }
    }
  }

  /// Raises the limit on open descriptors to the hard limit, and returns it. The usual 1024 protects programs that use
  /// select(2); nothing here does. See getrlimit(2).
  public static func raiseDescriptorLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(clamping: limit.rlim_cur)
  }

  /// How many descriptors are open. See proc(5), /proc/self/fd.
  public static func openDescriptors() -> Int {
    guard let directory = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    // Without `.`, `..` and the directory itself.
    return max(0, count - 3)
  }

  /// Turns off timer slack for this thread: by default its timers fire up to 50 microseconds late to save power.
  /// See PR_SET_TIMERSLACK(2const).
  public static func useExactTimers() {
    clinux_set_timer_slack(1)
  }

  /// Makes all threads allocate from one arena, so that each can use what another has freed. By default malloc reserves
  /// 64 MiB for each of several threads, which can use up a limit on memory. Call it before the first thread starts. See
  /// mallopt(3), M_ARENA_MAX.
  public static func useOneArena() {
    clinux_limit_arenas(1)
  }

  /// Returns the large tables and buffers of a queue to the kernel when the queue ends. By default malloc begins to
  /// keep such blocks once one is freed, so a daemon that reloads often would grow. See mallopt(3), M_MMAP_THRESHOLD.
  public static func returnLargeMemory() {
    clinux_return_blocks_from(1 << 20)
  }
}
