import Sockets
import SystemPackage

/// A line on the terminal that shows the progress of a long run. It is rewritten each second, and erased at the end.
///
/// It goes to standard error, with one write per second that never blocks during the run.
struct BenchProgress {
  private static let intervalNanoseconds: Int64 = 1_000_000_000
  /// Runs of up to this many seconds have no line.
  static let shortRunSeconds = 2
  /// Goes to the beginning of the line and clears it. See console_codes(4), EL.
  private static let clearing = "\r\u{1B}[K"

  private var isShown: Bool
  private var begin: Int64 = 0
  private var last: Int64 = 0
  /// Whether a line is on the terminal.
  private var isVisible = false

  /// - Parameters:
  ///   - isWanted: whether to show the line if standard error is a terminal.
  init(of plan: BenchPlan, isWanted: Bool) {
    isShown = isWanted && plan.seconds > Self.shortRunSeconds && StandardError.isRewritable
  }

  /// Starts the time.
  mutating func begin(at now: Int64) { (begin, last) = (now, now) }

  /// Rewrites the line when a second has passed.
  mutating func show(_ measurement: Measurement, at now: Int64, end: Int64) {
    guard isShown, now - last >= Self.intervalNanoseconds else { return }
    last = now
    let line = Self.line(measurement, elapsed: now - begin, left: end - now)
    if StandardError.writeAtOnce(Self.clearing + line) { isVisible = true }
  }

  /// Erases the line. After Ctrl-S this waits for the terminal, because nothing is measured any more.
  mutating func erase() {
    guard isVisible else { return }
    isVisible = false
    _ = try? FileDescriptor.standardError.writeAll(Self.clearing.utf8)
  }

  /// `57 s left, 12345 messages/s, 2 lost`. Times are nanoseconds.
  static func line(_ measurement: Measurement, elapsed: Int64, left: Int64) -> String {
    let rate = Double(measurement.answered) * 1e9 / Double(max(1, elapsed))
    let seconds = (max(0, left) + intervalNanoseconds / 2) / intervalNanoseconds
    var parts = [
      left > 0 ? "\(seconds) s left" : "waiting for the last replies", "\(rate.text(digits: 0)) messages/s",
    ]
    for (count, name) in [(measurement.wrong, "wrong"), (measurement.lost, "lost")] where count > 0 {
      parts.append("\(count) \(name)")
    }
    return parts.joined(separator: ", ")
  }
}
