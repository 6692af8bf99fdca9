import Glibc
import Synchronization
import SystemPackage

/// A program that was started, and our ends of its standard input, output and errors. See posix_spawn(3).
struct Spawn {
  let pid: pid_t
  let input: Int32
  let output: Int32
  let errors: Int32

  /// Held from the first pipe until the program runs: what another program inherits in between never comes to its end.
  private static let lock = Mutex(())

  /// Starts a program with pipes, or with a terminal as its standard input and output.
  ///
  /// - Parameters:
  ///   - passed: descriptors that the program has from 3 on; ours are closed.
  init(
    _ path: String, _ arguments: [String], onTerminal: Bool, environment: [String: String],
    passed: [Int32] = []
  ) throws {
    // Above the numbers that the program's have, so that none is replaced before it is duplicated.
    let raised = passed.map { fcntl($0, F_DUPFD_CLOEXEC, Int32(3 + passed.count)) }
    for number in passed { close(number) }
    defer { for number in raised { close(number) } }
    self = try Self.lock.withLock { _ in
      let errors = try Self.pipe()
      let ends = try onTerminal ? Self.terminal() : Self.pipes()
      defer { for number in [ends.theirs.input, ends.theirs.output, errors.writing] { close(number) } }
      let pid = try Self.start(
        path, arguments, environment: environment,
        descriptors: [ends.theirs.input, ends.theirs.output, errors.writing] + raised)
      return Spawn(pid: pid, input: ends.ours.input, output: ends.ours.output, errors: errors.reading)
    }
  }

  private init(pid: pid_t, input: Int32, output: Int32, errors: Int32) {
    (self.pid, self.input, self.output, self.errors) = (pid, input, output, errors)
  }

  /// The signals are as a shell would leave them: a test's thread blocks some, and the tests ignore SIGPIPE.
  private static func start(
    _ path: String, _ arguments: [String], environment: [String: String], descriptors: [Int32]
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (place, number) in descriptors.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, number, Int32(place))
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigaddset(&signals, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var pid: pid_t = 0
    let result = withStrings([path] + arguments) { arguments in
      withStrings(variables(environment)) { environment in
        posix_spawn(&pid, path, &actions, &attributes, arguments, environment)
      }
    }
    guard result == 0 else { throw Errno(rawValue: result) }
    return pid
  }

  private typealias Ends = (ours: (input: Int32, output: Int32), theirs: (input: Int32, output: Int32))

  private static func pipes() throws -> Ends {
    let (input, output) = (try pipe(), try pipe())
    return ((input.writing, output.reading), (input.reading, output.writing))
  }

  /// See pipe(2).
  private static func pipe() throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [0, 0]
    guard Glibc.pipe(&ends) == 0 else { throw Errno(rawValue: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// A pseudo-terminal. Lines go through untouched and are not echoed, so that what is read is what the program wrote.
  /// See pty(7) and ioctl_tty(2).
  private static func terminal() throws -> Ends {
    let ours = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard ours >= 0 else { throw Errno(rawValue: errno) }
    var (unlocked, index): (Int32, Int32) = (0, 0)
    guard ioctl(ours, 0x4004_5431 /* TIOCSPTLCK */, &unlocked) == 0,
      ioctl(ours, 0x8004_5430 /* TIOCGPTN */, &index) == 0
    else { throw Errno(rawValue: errno) }
    let terminal = open("/dev/pts/\(index)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard terminal >= 0 else { throw Errno(rawValue: errno) }
    var settings = termios()
    tcgetattr(terminal, &settings)
    settings.c_lflag &= ~tcflag_t(ECHO)
    settings.c_oflag &= ~tcflag_t(OPOST)
    tcsetattr(terminal, TCSANOW, &settings)
    return ((duplicate(ours), ours), (duplicate(terminal), terminal))
  }

  private static func duplicate(_ number: Int32) -> Int32 { fcntl(number, F_DUPFD_CLOEXEC, 3) }

  /// A known environment, what sanitizers and the loader were told, and what a test adds.
  private static func variables(_ additions: [String: String]) -> [String] {
    var variables = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"]
    for name in ["LD_LIBRARY_PATH", "TSAN_OPTIONS", "ASAN_OPTIONS", "LSAN_OPTIONS", "LLVM_PROFILE_FILE"] {
      if let value = getenv(name) { variables[name] = String(cString: value) }
    }
    return variables.merging(additions) { $1 }.map { "\($0)=\($1)" }
  }

  private static func withStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }
}
