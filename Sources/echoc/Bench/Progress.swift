import Glibc
import SystemPackage

/// A line each second on standard error, while somebody watches.
struct Progress {
  /// Whether somebody does: standard error is a terminal. See isatty(3).
  static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }

  private static let intervalNanoseconds: Int64 = 1_000_000_000
  private let isShown: Bool
  private var begin: Int64 = 0
  private var last: Int64 = 0
  private var answered = 0

  /// Shows its lines, or nothing.
  init(isShown: Bool) { self.isShown = isShown }

  /// Begins to count the seconds.
  mutating func begin(at now: Int64) { (begin, last) = (now, now) }

  /// Shows a line when a second is over.
  mutating func show(_ measurement: Measurement, messageBytes: Int, at now: Int64) {
    guard isShown, now - last >= Self.intervalNanoseconds else { return }
    let rate = Double(measurement.answered - answered) * 1e9 / Double(now - last)
    let line = """
      \((now - begin) / 1_000_000_000) s: \(rate.text(digits: 0)) messages/s, \
      \((rate * Double(messageBytes) / 1e6).text(digits: 2)) MB/s, \
      \(measurement.wrong) wrong, \(measurement.lost) lost\n
      """
    (last, answered) = (now, measurement.answered)
    _ = try? FileDescriptor.standardError.writeAll(line.utf8)
  }
}
