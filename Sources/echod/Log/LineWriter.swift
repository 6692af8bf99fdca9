import Glibc
import Synchronization

/// Writes lines for somebody who may not read them: the daemon goes on without those for which there is no room.
final class LineWriter: Sendable {
  /// How long a line waits for room, in milliseconds. After one that waited in vain the others do not wait, until there
  /// is room again.
  static let patienceMilliseconds: Int32 = 1000

  static let standardError = LineWriter(to: STDERR_FILENO)

  private let descriptor: Int32
  private let patience: Int32
  /// How many lines were given up since the last one that was written. The lock is held while a line waits for room,
  /// so that no other takes it.
  private let lost = Mutex(0)

  /// - Parameters:
  ///   - descriptor: is not made non-blocking, because other processes may share it.
  init(to descriptor: Int32, patienceMilliseconds: Int32 = patienceMilliseconds) {
    self.descriptor = descriptor
    self.patience = patienceMilliseconds
  }

  /// Writes a line, after one that says how many were lost before it.
  func write(_ line: LogLine, loss: (Int) -> LogLine) {
    lost.withLock { lost in
      if lost > 0, put(loss(lost), patience: 0) { lost = 0 }
      if lost > 0 || !put(line, patience: patience) { lost += 1 }
    }
  }

  /// Writes a line with one call if there is room for it in time. See poll(2) and write(2).
  private func put(_ line: LogLine, patience: Int32) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    while poll(&request, 1, patience) == -1 && errno == EINTR {}
    guard request.revents & Int16(POLLOUT) != 0 else { return false }
    while true {
      let count = Glibc.write(descriptor, line.bytes, line.bytes.count)
      if count != -1 || errno != EINTR { return count == line.bytes.count }
    }
  }
}
