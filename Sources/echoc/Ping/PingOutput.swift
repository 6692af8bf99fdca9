import ArgumentParser
import EchoCore
import Sockets

/// Prints what a run of `echoc ping` shows while it runs, as its plan asks for.
final class PingOutput {
  let console: Console
  private let plan: PingPlan

  /// The output of a run.
  init(_ plan: PingPlan, _ console: Console) { (self.plan, self.console) = (plan, console) }

  /// Whether ``line(_:)`` prints anything.
  var showsLines: Bool { plan.output == .lines }

  /// Whether ``object(_:)`` prints anything.
  var showsObjects: Bool { plan.output == .jsonLines }

  /// Prints the first line, which people alone get.
  func heading(_ text: String) throws(ExitCode) {
    if !plan.output.isJSON { try console.write(text + "\n") }
  }

  /// Prints the line of a reply.
  func line(_ text: @autoclosure () -> String) throws(ExitCode) {
    if showsLines { try console.write(text() + "\n") }
  }

  /// Prints an error on standard error, in any case.
  func complain(_ text: String) { console.complain(text) }
}
