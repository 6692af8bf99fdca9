import Glibc
import Synchronization

/// What runs when a signal arrives, in the middle of anything: it only uses atomics and the calls of signal-safety(7).
enum SignalHandler {
  /// The end of the process, prepared because a handler cannot allocate.
  struct Ending {
    let output: UnsafeBufferPointer<UInt8>
    let errors: UnsafeBufferPointer<UInt8>
    let status: Int32
    /// What standard error gets if the output cannot be written.
    let unwritten: UnsafeBufferPointer<UInt8>

    init(output: String, errors: String, status: Int32, unwritten: String) {
      self.output = Self.copy(output)
      self.errors = Self.copy(errors)
      self.status = status
      self.unwritten = Self.copy(unwritten)
    }

    func deallocate() {
      output.deallocate()
      errors.deallocate()
      unwritten.deallocate()
    }

    private static func copy(_ text: String) -> UnsafeBufferPointer<UInt8> {
      let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count)
      _ = bytes.initialize(fromContentsOf: text.utf8)
      return UnsafeBufferPointer(bytes)
    }
  }

  /// For how long the same signal is taken for a repetition of the first.
  private static let repeatNanoseconds: Int64 = 100_000_000

  /// The descriptor of the ``Interrupt``; -1 if there is none.
  static let event = Atomic<Int32>(-1)
  // Unsafe only to the compiler: what the pointer refers to never changes, and it is freed after it was exchanged, by the
  // only thread that the handler interrupts.
  private nonisolated(unsafe) static let ending = Atomic<UnsafeMutablePointer<Ending>?>(nil)
  /// The first signal, and when it arrived; 0 if there is none.
  private static let first = Atomic<Int32>(0)
  private static let firstTime = Atomic<Int64>(0)

  /// How many seconds after the first signal the process may still run; 0 for no limit.
  private static let patience = Atomic<UInt32>(0)
  // A static string, which stays where it is.
  private nonisolated(unsafe) static let stalled = Atomic<UnsafePointer<UInt8>?>(nil)

  /// Makes the first signal end the process after a time, even if the process inherited that SIGALRM is ignored.
  static func setPatience(seconds: UInt32, _ text: StaticString) {
    stalled.store(text.utf8Start, ordering: .sequentiallyConsistent)
    patience.store(seconds, ordering: .sequentiallyConsistent)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in SignalHandler.giveUp() }
    sigaction(SIGALRM, &action, nil)
    var alarms = sigset_t()
    sigemptyset(&alarms)
    sigaddset(&alarms, SIGALRM)
    pthread_sigmask(SIG_UNBLOCK, &alarms, nil)
  }

  private static func giveUp() -> Never {
    var errors = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
    // Standard error can be the same full pipe.
    if let text = stalled.load(ordering: .sequentiallyConsistent), poll(&errors, 1, 0) > 0 {
      _ = write(STDERR_FILENO, text, strlen(UnsafeRawPointer(text).assumingMemoryBound(to: CChar.self)))
    }
    _exit(StandardOutput.failureStatus)
  }

  static func end(with new: Ending?) {
    let pointer = new.map { ending in
      let pointer = UnsafeMutablePointer<Ending>.allocate(capacity: 1)
      pointer.initialize(to: ending)
      return pointer
    }
    guard let old = ending.exchange(pointer, ordering: .sequentiallyConsistent) else { return }
    old.pointee.deallocate()
    old.deallocate()
  }

  /// Also where the process inherited that SIGINT is ignored, as a shell's background job does: ping(8) does the same.
  /// See sigaction(2).
  static func install() {
    // The first access to a static property can take a lock, which a handler must not.
    _ = (first.load(ordering: .relaxed), firstTime.load(ordering: .relaxed))
    _ = (event.load(ordering: .relaxed), ending.load(ordering: .relaxed))
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { SignalHandler.take($0) }
    action.sa_mask = signals
    action.sa_flags = SA_RESTART
    for number in [SIGINT, SIGTERM] { sigaction(number, &action, nil) }
    unblock()
  }

  private static var signals: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    return signals
  }

  private static func unblock() {
    var signals = signals
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  private static func take(_ number: Int32) {
    let (error, now) = (errno, SystemClock.monotonicNanoseconds())
    defer { errno = error }
    let (isFirst, known) = first.compareExchange(
      expected: 0, desired: number, ordering: .sequentiallyConsistent)
    guard isFirst else {
      let isRepeated = known == number && now - firstTime.load(ordering: .relaxed) < repeatNanoseconds
      if !isRepeated { endAtOnce(number) }
      return
    }
    firstTime.store(now, ordering: .relaxed)
    let patience = patience.load(ordering: .sequentiallyConsistent)
    if patience > 0 { alarm(patience) }
    let event = event.load(ordering: .sequentiallyConsistent)
    if event >= 0 {
      var one: UInt64 = 1
      _ = write(event, &one, MemoryLayout<UInt64>.size)
    } else if let ending = ending.load(ordering: .sequentiallyConsistent) {
      // A reader that has stopped reading must not keep the second signal away.
      unblock()
      print(ending.pointee)
    }
  }

  private static func print(_ ending: Ending) -> Never {
    let output = ending.output
    // A device can refuse even nothing.
    let isWritten = output.isEmpty || write(STDOUT_FILENO, output.baseAddress, output.count) == output.count
    let errors = isWritten ? ending.errors : ending.unwritten
    _ = write(STDERR_FILENO, errors.baseAddress, errors.count)
    _exit(isWritten ? ending.status : StandardOutput.failureStatus)
  }

  /// The signal is blocked until the handler returns, and then ends the process.
  private static func endAtOnce(_ number: Int32) {
    signal(number, SIG_DFL)
    raise(number)
  }
}
