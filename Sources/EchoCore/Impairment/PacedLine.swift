/// A line of limited speed, on which the replies of one client leave one after another.
public struct PacedLine: Hashable, Sendable {
  /// When the last reply has left, in nanoseconds of a monotonic clock.
  public private(set) var freeAt: Int64 = 0

  /// Makes a free line.
  public init() {}

  /// Makes a line that is free from this time on, in nanoseconds of a monotonic clock. A time that is too early or too
  /// late to calculate with becomes the nearest one that is not.
  public init(freeAt: Int64) { self.freeAt = min(max(0, freeAt), .max / 2) }

  /// How long a reply that is ready now would wait until the line is free, in nanoseconds.
  public func wait(at now: Int64) -> Int64 { max(0, freeAt - now) }

  /// Puts a reply on the line, and returns when its last byte leaves: the time that its bytes take, after the replies
  /// before it. Times are nanoseconds of a monotonic clock.
  public mutating func send(_ byteCount: Int, bytesPerSecond: Int, at now: Int64) -> Int64 {
    let start = max(now, freeAt)
    // Divided first: a reply of 64 KiB at a byte a second would otherwise come close to 2^63.
    let (seconds, rest) = byteCount.quotientAndRemainder(dividingBy: bytesPerSecond)
    freeAt = start + Int64(seconds) * 1_000_000_000 + Int64(rest) * 1_000_000_000 / Int64(bytesPerSecond)
    return freeAt
  }
}
