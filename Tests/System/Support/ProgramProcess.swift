import Dispatch
import Foundation

extension RunningProgram {
  /// How far a program has come.
  struct Progress: Sendable {
    var ending: Ending?
    var isOverdue = false
    private var printed: [Stream: [UInt8]] = [:]
    private var closed: Set<Stream> = []

    /// Whether the program has ended and all that it printed is known.
    var isOver: Bool { ending != nil && isClosed(.output) && isClosed(.errors) }

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

  /// The process, what it printed, and who waits for it. It outlives the test's interest in it until it was reaped.
  actor Process {
    private struct Waiter {
      var isMet: @Sendable (Progress) -> Bool
      var continuation: CheckedContinuation<Progress, Never>
    }

    private let owner = QueueOwner(label: "process")
    private let pid: pid_t
    private var state = Progress()
    private var waiters: [Waiter] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { owner.asUnownedSerialExecutor() }

    init(pid: pid_t) { self.pid = pid }

    /// What there is so far.
    nonisolated var progress: Progress { owner.sync { assumeIsolated { $0.state } } }

    /// Begins to read what it prints and to wait for its end. The descriptors are closed at their ends.
    ///
    /// Each waits on a thread of its own: Dispatch has 255 in all, and tests run more programs than that at once.
    nonisolated func follow(output: Int32, errors: Int32, deadlineSeconds: Int) {
      for (number, stream) in [(output, Stream.output), (errors, .errors)] {
        Thread.detachNewThread { self.collect(number, stream) }
      }
      Thread.detachNewThread { self.reap() }
      let deadline = DispatchTime.now() + .seconds(deadlineSeconds)
      DispatchQueue.global().asyncAfter(deadline: deadline) { [weak self] in self?.giveUp() }
    }

    /// Sends a signal, unless it was reaped: until then the id is still its own.
    nonisolated func signal(_ number: Int32) {
      owner.sync { assumeIsolated { if $0.state.ending == nil { kill(pid, number) } } }
    }

    /// Waits until the condition is met or the program is overdue.
    func wait(until isMet: @escaping @Sendable (Progress) -> Bool) async -> Progress {
      if isMet(state) || state.isOverdue { return state }
      return await withCheckedContinuation { waiters.append(Waiter(isMet: isMet, continuation: $0)) }
    }

    private nonisolated func change(_ body: @Sendable (inout Progress) -> Void) {
      owner.sync { assumeIsolated { $0.changeNow(body) } }
    }

    private func changeNow(_ body: (inout Progress) -> Void) {
      body(&state)
      let (all, progress) = (waiters, state)
      waiters = all.filter { !$0.isMet(progress) && !progress.isOverdue }
      for waiter in all where waiter.isMet(progress) || progress.isOverdue {
        waiter.continuation.resume(returning: progress)
      }
    }

    private nonisolated func collect(_ number: Int32, _ stream: Stream) {
      var buffer = [UInt8](repeating: 0, count: 64 * 1024)
      while true {
        let count = read(number, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        // A pseudo-terminal ends with EIO.
        guard count > 0 else { break }
        let bytes = Array(buffer[..<count])
        change { $0.append(bytes, to: stream) }
      }
      close(number)
      change { $0.close(stream) }
    }

    private nonisolated func reap() {
      var information = siginfo_t()
      while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) == -1 && errno == EINTR {}
      change { progress in
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1 && errno == EINTR {}
        let signal = status & 0x7F
        progress.ending = signal == 0 ? .exit(status >> 8 & 0xFF) : .signal(signal)
      }
    }

    private nonisolated func giveUp() {
      signal(SIGKILL)
      change { if !$0.isOver { $0.isOverdue = true } }
    }
  }
}
