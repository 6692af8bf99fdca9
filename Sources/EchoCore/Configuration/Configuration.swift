/// A whole configuration that passed every check: what echod runs.
public struct Configuration: Hashable, Sendable {
  /// Where the figures are served, or `nil` for nowhere.
  public var admin: AdminEndpoint?
  /// How long a stop waits for what was received to be answered, in seconds: 0 to ``Limits/drainSeconds``.
  public var drainSeconds: Int
  /// At least one, in the file's order; names are unique.
  public var listeners: [ListenerConfiguration]

  /// Makes a configuration of checked values.
  public init(admin: AdminEndpoint?, drainSeconds: Int, listeners: [ListenerConfiguration]) {
    self.admin = admin
    self.drainSeconds = drainSeconds
    self.listeners = listeners
  }
}

extension Configuration {
  /// How long a stop waits when the file does not say it, in seconds.
  public static let defaultDrainSeconds = 5
}
