import EchoCore

/// What a connection's current reply waits for, and how the connection ends after it.
final class ReplyShaping {
  /// How much of a paced reply is sent at once, as its time on the line: little, so that its bytes arrive steadily.
  static let portionMilliseconds = 20
  /// How late portions may be and still be caught up on. A client that does not read for longer loses the time.
  static let lateNanoseconds: Int64 = 100_000_000

  /// How the connection ends.
  enum Ending {
    /// By our shutdown.
    case closed
    /// By a reset.
    case reset
  }

  /// How the connection ends after the current reply; `nil` if it goes on.
  private(set) var ending: Ending?
  /// Whether the end of the reply is cut off, because the connection may not send that much.
  private(set) var isCut = false
  /// Whether the reply was counted as delayed.
  var isCounted = false
  /// When the reply's delay is over, in nanoseconds of the monotonic clock.
  private var readyAt: Int64 = 0
  private var line: PacedLine
  /// The bytes that are on the line, and when they leave it, in milliseconds.
  private var portion = (byteCount: 0, due: Int64(0))

  /// - Parameter lineFreeAt: when its line is free, in nanoseconds.
  init(lineFreeAt: Int64 = 0) { line = PacedLine(freeAt: max(0, lineFreeAt)) }

  /// When its line is free, in nanoseconds.
  var lineFreeAt: Int64 { line.freeAt }

  /// Whether the reply's delay is not over at a time in nanoseconds.
  func isDelayed(at now: Int64) -> Bool { readyAt > now }

  /// Begins a reply that is ready at a time in nanoseconds.
  func begin(readyAt: Int64) {
    (self.readyAt, ending, isCut, isCounted, portion) = (readyAt, nil, false, false, (0, 0))
  }

  /// Returns how much of a reply may be sent after `sent` bytes of earlier ones. At the limit the connection ends: as
  /// the smaller limit says, or by a shutdown if the two are equal.
  func cut(_ replyBytes: Int, by impairment: Impairment, after sent: UInt64) -> Int {
    let (close, reset) = (impairment.closeAfterBytes ?? .max, impairment.resetAfterBytes ?? .max)
    let limit = min(close, reset)
    guard limit < .max else { return replyBytes }
    let left = max(0, limit - Int(clamping: sent))
    guard replyBytes >= left else { return replyBytes }
    ending = close <= reset ? .closed : .reset
    isCut = replyBytes > left
    return left
  }

  /// Whether a whole reply can leave at a time in nanoseconds, without any wait. If so, it is put on the line.
  func takesAtOnce(_ replyBytes: Int, bytesPerSecond: Int?, at now: Int64) -> Bool {
    guard readyAt <= now else { return false }
    guard let bytesPerSecond else { return true }
    var line = line
    let leaves = line.send(replyBytes, bytesPerSecond: bytesPerSecond, at: now)
    guard leaves.isInMillisecond(of: now) else { return false }
    self.line = line
    return true
  }

  /// Returns how many bytes of a held reply may leave at a time in nanoseconds, or until when, in milliseconds, it has
  /// to wait. A wait of less than a millisecond is left out: the line's account is exact over time.
  func next(of bytesLeft: Int, bytesPerSecond: Int?, at now: Int64) -> Next {
    // Rounded up: a delay is never shorter than it should be.
    if readyAt > now { return .wait(until: (readyAt + 999_999) / 1_000_000, isForLine: false) }
    guard let bytesPerSecond, bytesLeft > 0 else { return .send(bytesLeft) }
    let most = max(1, bytesPerSecond * Self.portionMilliseconds / 1000)
    var due = 0
    while due < bytesLeft {
      if portion.byteCount == 0 {
        let byteCount = min(bytesLeft - due, most)
        let begin = max(readyAt, now - Self.lateNanoseconds)
        portion = (byteCount, line.send(byteCount, bytesPerSecond: bytesPerSecond, at: begin) / 1_000_000)
      }
      guard portion.due <= now / 1_000_000 else { break }
      due += portion.byteCount
      portion.byteCount = 0
    }
    return due > 0 ? .send(due) : .wait(until: portion.due, isForLine: true)
  }

  /// The result of ``next(of:bytesPerSecond:at:)``.
  enum Next: Equatable {
    case send(Int)
    case wait(until: Int64, isForLine: Bool)
  }
}

extension Int64 {
  /// Whether a time in nanoseconds is in the same millisecond as the present, or before it.
  fileprivate func isInMillisecond(of now: Int64) -> Bool { self / 1_000_000 <= now / 1_000_000 }
}
