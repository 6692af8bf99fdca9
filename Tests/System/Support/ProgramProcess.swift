import Dispatch
import Glibc
import Synchronization

extension RunningProgram {
  /// How far a program has come.
  struct Progress: Sendable {
    var ending: Ending?
    var isOverdue = false
    private var printed: [Stream: [UInt8]] = [:]
    private var closed: Set<Stream> = []

    subscript(stream: Stream) -> [UInt8] { printed[stream] ?? [] }

    func isClosed(_ stream: Stream) -> Bool { closed.contains(stream) }

    /// The lines that are whole, without their newlines.
    func lines(_ stream: Stream) -> [String] {
      self[stream].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        .map { String(decoding: $0, as: UTF8.self) }
    }

    mutating func append(_ bytes: some Sequence<UInt8>, to stream: Stream) {
      printed[stream, default: []] += bytes
    }

    mutating func close(_ stream: Stream) { closed.insert(stream) }
  }

  /// The process, its pipes, and who waits for it. It outlives the test's interest in it until it was reaped.
  final class Process: Sendable {
    private typealias Waiter = (
      isMet: @Sendable (Progress) -> Bool, continuation: CheckedContinuation<Progress, Never>
    )
    private struct State {
      var progress = Progress()
      var waiters: [Waiter] = []
    }

    private let pid: pid_t
    private let state = Mutex(State())
    private let input: Mutex<Int32?>
    private let writer = DispatchQueue(label: "input")

    init(pid: pid_t, input: Int32?) {
      self.pid = pid
      self.input = Mutex(input)
    }

    var progress: Progress { state.withLock { $0.progress } }

    /// Begins to read what it prints and to wait for its end. The descriptors are closed at their ends.
    func follow(output: Int32, errors: Int32) {
      for (number, stream) in [(output, Stream.output), (errors, .errors)] {
        DispatchQueue(label: "\(stream)").async { self.collect(number, stream) }
      }
      DispatchQueue(label: "end").async { self.reap() }
      let deadline = DispatchTime.now() + .seconds(RunningProgram.deadlineSeconds)
      DispatchQueue.global().asyncAfter(deadline: deadline) { [weak self] in self?.giveUp() }
    }

    func write(_ bytes: [UInt8]) {
      writer.async {
        guard let number = self.input.withLock({ $0 }) else { return }
        var rest = bytes[...]
        while !rest.isEmpty {
          let count = rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
          // A program that has ended reads no more.
          guard count > 0 else { return }
          rest = rest.dropFirst(count)
        }
      }
    }

    func closeInput() {
      writer.async {
        self.input.withLock { number in
          if let number { close(number) }
          number = nil
        }
      }
    }

    func signal(_ number: Int32) {
      // Under the lock it has not been reaped, so that the id is still its own.
      state.withLock { if $0.progress.ending == nil { kill(pid, number) } }
    }

    /// Waits until the condition is met or the program is overdue.
    func wait(until isMet: @escaping @Sendable (Progress) -> Bool) async -> Progress {
      await withCheckedContinuation { continuation in
        let progress = state.withLock { state -> Progress? in
          if isMet(state.progress) || state.progress.isOverdue { return state.progress }
          state.waiters.append((isMet, continuation))
          return nil
        }
        if let progress { continuation.resume(returning: progress) }
      }
    }

    private func change(_ body: (inout Progress) -> Void) {
      let (progress, ready) = state.withLock { state in
        body(&state.progress)
        let progress = state.progress
        let ready = state.waiters.filter { $0.isMet(progress) || progress.isOverdue }
        state.waiters.removeAll { $0.isMet(progress) || progress.isOverdue }
        return (progress, ready)
      }
      for waiter in ready { waiter.continuation.resume(returning: progress) }
    }

    private func collect(_ number: Int32, _ stream: Stream) {
      var buffer = [UInt8](repeating: 0, count: 64 * 1024)
      while true {
        let count = read(number, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        // A pseudo-terminal ends with EIO.
        guard count > 0 else { break }
        change { $0.append(buffer[..<count], to: stream) }
      }
      close(number)
      change { $0.close(stream) }
    }

    private func reap() {
      var information = siginfo_t()
      while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) == -1 && errno == EINTR {}
      change { progress in
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1 && errno == EINTR {}
        let signal = status & 0x7F
        progress.ending = signal == 0 ? .exit(status >> 8 & 0xFF) : .signal(signal)
      }
      closeInput()
    }

    private func giveUp() {
      signal(SIGKILL)
      change { if $0.ending == nil || !$0.isClosed(.output) || !$0.isClosed(.errors) { $0.isOverdue = true } }
    }
  }
}
