import ArgumentParser

/// Why a program ends with another status than 0.
struct ExitReason: Hashable {
  /// A sentence for standard error, and for the `error` of a report in JSON.
  var text: String
  var status: ExitCode
  /// Whether standard error has it already.
  var isTold = false

  /// A reason in words.
  init(_ text: String, _ status: ExitCode) { (self.text, self.status) = (text, status) }

  /// The reason already printed on standard error, or else `text`.
  init(told: String?, or text: @autoclosure () -> String, _ status: ExitCode) {
    self.init(told ?? text(), status)
    isTold = told != nil
  }
}
