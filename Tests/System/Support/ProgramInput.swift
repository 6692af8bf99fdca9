import Glibc

extension RunningProgram {
  /// Our end of a program's standard input. A program that does not read keeps nobody waiting but this actor's queue.
  actor InputEnd {
    private let owner = QueueOwner(label: "input")
    private var number: Int32?

    nonisolated var unownedExecutor: UnownedSerialExecutor { owner.asUnownedSerialExecutor() }

    init(_ number: Int32) { self.number = number }

    deinit {
      if let number { Glibc.close(number) }
    }

    /// Writes after what was written before; returns at once.
    nonisolated func write(_ bytes: [UInt8]) {
      owner.async { self.assumeIsolated { $0.writeNow(bytes) } }
    }

    /// Closes after what was written; returns at once.
    nonisolated func close() {
      owner.async { self.assumeIsolated { $0.closeNow() } }
    }

    private func writeNow(_ bytes: [UInt8]) {
      guard let number else { return }
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
        // A program that has ended reads no more.
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
      }
    }

    private func closeNow() {
      if let number { Glibc.close(number) }
      number = nil
    }
  }
}
