import ArgumentParser
import EchoCore
import Sockets

/// What a command has to say at its end.
protocol Report {
  /// The summary for people, in lines.
  var text: String { get }
  /// The summary for programs, whatever happened: figures are 0 or `null` when nothing was measured.
  var figures: JSONValue { get }
  /// ``figures``, and the reason for a failure if there is one, as text.
  var jsonText: String { get }
  /// Why there is nothing to sum up.
  var failure: ExitReason? { get set }
  /// Why the command ends with another status than 0.
  var exitReason: ExitReason? { get }
}

extension Report {
  /// The members that all reports begin with.
  static func beginning(_ endpoint: ServerEndpoint, _ peer: Peer?) -> JSONValue {
    [
      "endpoint": .string("\(endpoint)"),
      "address": peer.map { .string("\($0.endpoint.zonedAddress)") } ?? .null,
      "port": .integer(Int(endpoint.port)), "transport": .string(endpoint.transport.rawValue),
    ]
  }

  /// The figures, and the reason if there is one.
  var json: JSONValue { exitReason.map { figures + ["error": .string($0.text)] } ?? figures }

  var jsonText: String { json.text() }

  private func output(asJSON: Bool) -> String {
    asJSON ? jsonText + "\n" : failure == nil ? text : ""
  }

  /// Has an interrupt end the program with this report and a status, until the program handles interrupts itself.
  func endOnInterrupt(asJSON: Bool, _ status: ExitCode) {
    var report = self
    let reason = ExitReason("interrupted", status)
    report.failure = reason
    Interrupt.endProcess(
      printing: report.output(asJSON: asJSON), complaint: Console.complaint(reason.text),
      status: status.rawValue, unwritten: Console.complaint(Console.unwritten))
  }

  /// Prints the report and ends with its reason's status, if it has one.
  func finish(_ console: Console, asJSON: Bool) throws(ExitCode) {
    try console.write(output(asJSON: asJSON))
    guard let exitReason else { return }
    if !exitReason.isTold { console.complain(exitReason.text) }
    throw exitReason.status
  }
}
