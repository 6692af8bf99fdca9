/// Who in a configuration serves which of the sockets that systemd passes.
///
/// A socket is its namesake's; the name `admin` is the admin socket's, unless a listener has it. All sockets of one unit
/// have the same name, so one without a namesake belongs to whoever is configured for the address and port that it is
/// bound to. A listener of the other transport never matches. A listener serves as many sockets as it has queues,
/// and the admin server one: first those of its name, in the order in which they are passed.
public struct SocketAssignment: Sendable {
  /// Who serves a socket.
  public enum Owner: Hashable, Sendable {
    /// A listener.
    case listener(name: String)
    /// The admin server.
    case admin
  }

  /// The name of the admin socket among the passed ones.
  static let adminName = "admin"

  /// The numbers of each owner's sockets.
  private var served: [Owner: [Int]] = [:]
  /// The sockets that nobody serves, in the order in which they are passed.
  public private(set) var unserved: [UnservedSocket] = []

  /// Assigns sockets.
  ///
  /// - Parameters:
  ///   - sockets: in the order in which they are passed; a socket's number is its index here.
  public init(of sockets: [ActivationSocket], in configuration: Configuration) {
    let owners = Owners(in: configuration)
    var (namesakes, others): ([Owner: [Int]], [Owner: [Int]]) = ([:], [:])
    for (number, socket) in sockets.enumerated() {
      if let owner = owners.byName[Owners.Name(transport: socket.transport, name: socket.name)] {
        namesakes[owner, default: []].append(number)
      } else if let owner = socket.address.flatMap({ owners.byAddress[$0] }) {
        others[owner, default: []].append(number)
      } else {
        unserved.append(UnservedSocket(number: number, socket: socket, reason: .noOwner))
      }
    }
    for (owner, room) in owners.room {
      let numbers = (namesakes[owner] ?? []) + (others[owner] ?? [])
      served[owner] = Array(numbers.prefix(room))
      let reason = Self.surplus(of: owner, room: room)
      unserved += numbers.dropFirst(room).map {
        UnservedSocket(number: $0, socket: sockets[$0], reason: reason)
      }
    }
    unserved.sort { $0.number < $1.number }
  }

  /// The numbers of the sockets that an owner serves: those of its name first.
  public func sockets(of owner: Owner) -> [Int] { served[owner] ?? [] }

  private static func surplus(of owner: Owner, room: Int) -> UnservedSocket.Reason {
    switch owner {
    case .listener(let name): .surplusOfListener(name: name, queues: room)
    case .admin: .surplusOfAdmin
    }
  }

  /// Who can be meant by a socket's name and by its place, and how many sockets each serves.
  private struct Owners {
    struct Name: Hashable {
      let transport: Transport
      let name: String
    }

    private(set) var byName: [Name: Owner] = [:]
    private(set) var byAddress: [BoundAddress: Owner] = [:]
    private(set) var room: [Owner: Int] = [:]

    init(in configuration: Configuration) {
      if let admin = configuration.admin {
        byName[Name(transport: .tcp, name: adminName)] = .admin
        if let address = BoundAddress(of: admin) { byAddress[address] = .admin }
        room[.admin] = 1
      }
      for listener in configuration.listeners {
        let owner = Owner.listener(name: listener.name)
        byName[Name(transport: listener.transport, name: listener.name)] = owner
        if let address = BoundAddress(of: listener) { byAddress[address] = owner }
        room[owner] = listener.queues
      }
    }
  }
}

/// A socket that nobody serves, although systemd passes it.
public struct UnservedSocket: Hashable, Sendable, CustomStringConvertible {
  /// Why nobody serves it.
  public enum Reason: Hashable, Sendable, CustomStringConvertible {
    /// Nothing in the configuration has its name or its address.
    case noOwner
    /// The listener has fewer queues than sockets.
    case surplusOfListener(name: String, queues: Int)
    /// The admin socket is one socket.
    case surplusOfAdmin

    /// The reason, as a clause.
    public var description: String {
      switch self {
      case .noOwner: "neither a listener nor the admin socket has its name or address"
      case .surplusOfListener(let name, let queues):
        "listener \(name) already has a socket for each of its queues (\(queues))"
      case .surplusOfAdmin: "the admin socket has one already"
      }
    }
  }

  /// How many are named in a sentence or in the log; the others are counted.
  public static let namedCount = 4

  /// Its position among the passed sockets, from 0.
  public let number: Int
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
