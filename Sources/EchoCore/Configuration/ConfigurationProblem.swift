/// One thing that is wrong with a configuration file.
public struct ConfigurationProblem: Hashable, Sendable {
  /// Where it is.
  public enum Location: Hashable, Sendable {
    /// In the text, which is not JSON there; both count from 1, see ``JSONSyntaxError``.
    case text(line: Int, column: Int)
    /// In a value, as `listeners[1].port`; the empty path is the whole file.
    case value(path: String)
  }

  /// Where it is.
  public var location: Location
  /// What was found and what is right: one line of some hundred characters.
  public var message: String

  /// The problem as users read it: `FILE: listeners[1].port: 70000 is not a port (0 to 65535)`, or
  /// `FILE:LINE:COLUMN: MESSAGE` for a text that is not JSON.
  public func line(file: String) -> String {
    switch location {
    case .text(let line, let column): "\(file):\(line):\(column): \(message)"
    case .value(path: ""): "\(file): \(message)"
    case .value(let path): "\(file): \(path): \(message)"
    }
  }
}

/// Why a configuration file is refused: everything that is wrong with it, in the file's order.
public struct ConfigurationProblems: Error, Hashable, Sendable {
  /// One at least.
  public var problems: [ConfigurationProblem]

  /// A line for each problem, without newlines, as ``ConfigurationProblem/line(file:)`` gives it.
  public func lines(file: String) -> [String] {
    problems.map { $0.line(file: file) }
  }
}
