/// Why the state of another process cannot be taken over.
public enum RestartStateError: Error, Hashable {
  /// The bytes do not begin as a state does.
  case foreign
  /// The layout has another version than ``RestartState/layoutVersion``.
  case otherVersion(UInt32)
  /// It ends too early.
  case truncated
  /// Its values contradict each other, or are not possible.
  case invalid
}

extension RestartStateError: CustomStringConvertible {
  /// The end of a sentence: `it is truncated`.
  public var description: String {
    switch self {
    case .foreign: "it is not a state of echod"
    case .otherVersion(let version): "it is of another version (\(version))"
    case .truncated: "it is truncated"
    case .invalid: "it is damaged"
    }
  }
}
