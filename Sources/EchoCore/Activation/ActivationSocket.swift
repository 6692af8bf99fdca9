/// A socket that systemd passes, or would pass: what decides who uses it.
public struct ActivationSocket: Hashable, Sendable {
  /// Its name. All sockets of one unit have the same. See systemd.socket(5), FileDescriptorName=.
  public let name: String
  /// UDP, or anything that is connected to: TCP, or a Unix socket.
  public let transport: Transport
  /// Where it is bound; `nil` where no configuration can ask for that.
  public let place: SocketPlace?

  /// Makes a socket of its parts.
  public init(name: String, transport: Transport, place: SocketPlace?) {
    self.name = name
    self.transport = transport
    self.place = place
  }
}

extension ActivationSocket: CustomStringConvertible {
  /// `"echod.socket" (tcp 127.0.0.1:12000)`.
  public var description: String { "\(quoted(name)) (\(place.map(\.description) ?? "no address"))" }
}

/// A socket that nobody serves, although systemd passes it.
public struct UnservedSocket: Hashable, Sendable, CustomStringConvertible {
  /// Why nobody serves it.
  public enum Reason: Hashable, Sendable, CustomStringConvertible {
    /// Nothing in the configuration has its name or its address.
    case noUser
    /// The listener has fewer queues than sockets.
    case surplusOfListener(name: String, queues: Int)
    /// The admin socket is one socket.
    case surplusOfAdmin

    /// The reason, as a clause.
    public var description: String {
      switch self {
      case .noUser: "neither a listener nor the admin socket has its name or address"
      case .surplusOfListener(let name, let queues):
        "listener \(name) already has a socket for each of its queues (\(queues))"
      case .surplusOfAdmin: "the admin socket has one already"
      }
    }
  }

  /// How many are named in a sentence or in the log; the others are counted.
  public static let namedCount = 4

  /// The socket.
  public let socket: ActivationSocket
  /// Why.
  public let reason: Reason

  /// The socket's own description.
  public var description: String { socket.description }
}

extension [UnservedSocket] {
  /// `Nobody serves the passed socket "echod.socket" (tcp 127.0.0.1:9).`, or `nil` for none. Many are counted, after the
  /// first ``UnservedSocket/namedCount``.
  public var sentence: String? {
    guard !isEmpty else { return nil }
    let named = prefix(UnservedSocket.namedCount).map(\.description).joined(separator: ", ")
    let more = count - UnservedSocket.namedCount
    return
      "Nobody serves the passed socket\(count == 1 ? "" : "s") \(named)\(more > 0 ? " and \(more) more" : "")."
  }
}
