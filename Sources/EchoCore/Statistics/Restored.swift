/// What this process took back from the process before this one. All are 0 after a start that was not a restart.
public struct Restored: Hashable, Sendable {
  /// How many connections it took back.
  public var connections: Int
  /// How many bound sockets it took back.
  public var sockets: Int
  /// How many connections of the process before this one the restart lost.
  public var lost: Int

  /// Makes a value of its parts.
  public init(connections: Int = 0, sockets: Int = 0, lost: Int = 0) {
    (self.connections, self.sockets, self.lost) = (connections, sockets, lost)
  }
}
