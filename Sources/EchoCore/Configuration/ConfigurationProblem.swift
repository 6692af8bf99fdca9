/// A problem in a configuration file.
public struct ConfigurationProblem: Hashable, Sendable {
  /// Where it is.
  public enum Location: Hashable, Sendable {
    /// In a text that is not JSON; both count from 1. See ``JSONSyntaxError``.
    case text(line: Int, column: Int)
    /// In a value, such as `listeners[1].port`; an empty path is the whole file.
    case value(path: String)
  }

  /// Where it is.
  public var location: Location
  /// What was found and what was expected, in one line.
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

/// Why a configuration file is refused: all of its problems, in the file's order.
public struct ConfigurationProblems: Error, Hashable, Sendable {
  /// At least one.
  public var problems: [ConfigurationProblem]

  /// The ``ConfigurationProblem/line(file:)`` of each problem, without newlines.
  public func lines(file: String) -> [String] {
    problems.map { $0.line(file: file) }
  }
}
