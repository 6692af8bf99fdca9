import Glibc

/// What this process uses. A value that the kernel does not report is `nil`.
public enum ProcessUsage {
  /// The processor time of all threads, including those that have ended. See clock_gettime(2),
  /// CLOCK_PROCESS_CPUTIME_ID.
  public static func processorNanoseconds() -> Int64? {
    var time = timespec()
    guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return nil }
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// How many descriptors are open. See proc(5), /proc/self/fd.
  public static func openDescriptors() -> Int? {
    // Since Linux 6.2, this is the size of the directory. Counting 10,000 entries takes 12 ms, asking for the size
    // 0.01 ms.
    var facts = stat()
    if stat("/proc/self/fd", &facts) == 0, facts.st_size > 0 { return Int(facts.st_size) }
    let count = CurrentProcess.openDescriptors()
    return count > 0 ? count : nil
  }

  /// How many descriptors may be open. See getrlimit(2), RLIMIT_NOFILE.
  public static func descriptorLimit() -> Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
    return Int(clamping: limit.rlim_cur)
  }

  /// How much memory is resident, in bytes. See proc(5), /proc/pid/stat, rss.
  public static func residentBytes() -> Int? { statusField(24).map { $0 * sysconf(Int32(_SC_PAGESIZE)) } }

  /// When the process started, by ``SystemClock/bootNanoseconds()``. See proc(5), /proc/pid/stat, starttime.
  public static func startNanosecondsSinceBoot() -> Int64? {
    statusField(22).map { nanoseconds(ticks: Int64($0), perSecond: Int64(sysconf(Int32(_SC_CLK_TCK)))) }
  }

  /// Clock ticks as nanoseconds, without an overflow before 292 years.
  static func nanoseconds(ticks: Int64, perSecond rate: Int64) -> Int64 {
    let (seconds, rest) = ticks.quotientAndRemainder(dividingBy: rate)
    return seconds * 1_000_000_000 + rest * 1_000_000_000 / rate
  }

  /// A field of /proc/self/stat, by its number in proc(5).
  private static func statusField(_ number: Int) -> Int? {
    let descriptor = open("/proc/self/stat", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    // The name has at most 64 bytes, and each of the 50 other fields at most 20 digits.
    let text = withUnsafeTemporaryAllocation(byteCount: 2048, alignment: 1) { buffer in
      String(
        decoding: buffer.prefix(max(0, read(descriptor, buffer.baseAddress, buffer.count))), as: UTF8.self)
    }
    // The second field is the program's name in parentheses, which may contain spaces and parentheses.
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ", maxSplits: number)
    return fields.dropFirst(number - 3).first.flatMap { Int($0) }
  }
}
