import ArgumentParser
import EchoCore
import Glibc
import Sockets

/// Prints what a run of `echoc ping` shows before its summary, as its plan says.
final class PingOutput {
  private let plan: PingPlan
  private let console: Console
  /// The colors of standard output.
  let palette = Palette(for: STDOUT_FILENO)
  private let errorPalette = Palette(for: STDERR_FILENO)
  /// The dots of messages that were sent before the first line; `nil` after it.
  private var waitingDots: Int? = 0

  /// The output of a run.
  init(_ plan: PingPlan, _ console: Console) { (self.plan, self.console) = (plan, console) }

  /// Prints the first line, unless the output is JSON.
  func heading(_ text: String) throws(ExitCode) {
    if !plan.output.isJSON {
      try console.write(text + "\n" + String(repeating: ".", count: waitingDots ?? 0))
    }
    waitingDots = nil
  }

  /// A message is about to be sent: prints a dot for it in a flood, but not before the first line.
  func sent() throws(ExitCode) {
    guard plan.output == .dots else { return }
    if let waitingDots { self.waitingDots = waitingDots + 1 } else { try console.write(".") }
  }

  /// A message has its reply: prints the line or the object for it, or erases a dot in a flood. Duplicates have no dot.
  func received(
    isDuplicate: Bool = false, line: @autoclosure () -> String, object: @autoclosure () -> JSONValue
  ) throws(ExitCode) {
    switch plan.output {
    case .lines: try console.write("\(timeOfDay)\(line())\n")
    case .dots: if !isDuplicate { try console.write("\u{8} \u{8}") }
    case .jsonLines: try console.write((["type": "reply"] + objectTime + object()).line() + "\n")
    case .quiet, .json, .jsonSummary: break
    }
  }

  /// Prints an error on standard error, whatever the plan says.
  func complain(_ text: String) { console.complain(errorPalette.paint(text, .red)) }

  /// Prints the figures so far on standard error, from the first column as ping(8) does.
  func figures(_ text: String) { console.note("\r\(text)\n") }

  /// `[1795691918.641655] `, if it is wanted.
  private var timeOfDay: String {
    guard plan.showsTimeOfDay else { return "" }
    let microseconds = SystemClock.epochNanoseconds() / 1000
    return "[\(microseconds / 1_000_000).\(padded(microseconds % 1_000_000, to: 6))] "
  }

  private var objectTime: JSONValue {
    plan.showsTimeOfDay ? ["unixSeconds": .number(Double(SystemClock.epochNanoseconds() / 1000) / 1e6)] : [:]
  }
}
