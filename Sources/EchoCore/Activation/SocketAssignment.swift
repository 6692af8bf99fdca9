/// Assigns the sockets that systemd passes to the listeners and the admin socket of a configuration.
///
/// A socket belongs to the listener of its name; the name `admin` is the admin socket's, unless a listener has it. All
/// sockets of one unit have the same name, so a socket whose name nobody has belongs to the one that is configured for
/// the address it is bound to. The transport must match too. A listener serves as many sockets as it has queues, and
/// the admin server one: first those with its name, in the order in which they are passed.
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

  private var served: [Owner: [Int]] = [:]
  /// The sockets that nobody serves, in the order in which they are passed.
  public private(set) var unserved: [UnservedSocket] = []

  /// Assigns sockets, in the order in which they are passed; a socket's number is its index.
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

  /// The numbers of the sockets that an owner serves: those with its name first.
  public func sockets(of owner: Owner) -> [Int] { served[owner] ?? [] }

  private static func surplus(of owner: Owner, room: Int) -> UnservedSocket.Reason {
    switch owner {
    case .listener(let name): .surplusOfListener(name: name, queues: room)
    case .admin: .surplusOfAdmin
    }
  }

  /// The owners by name and by address, and how many sockets each serves.
  private struct Owners {
    struct Name: Hashable {
      let transport: Transport
      let name: String
    }

    private(set) var byName: [Name: Owner] = [:]
    private(set) var byAddress: [BoundAddress: Owner] = [:]
    private(set) var room: [Owner: Int] = [:]

    init(in configuration: Configuration) {
      if let admin = configuration.admin?.endpoint {
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

/// A passed socket that nobody serves.
public struct UnservedSocket: Hashable, Sendable, CustomStringConvertible {
  /// Why nobody serves it.
  public enum Reason: Hashable, Sendable, CustomStringConvertible {
    /// Nothing in the configuration has its name or address.
    case noOwner
    /// The listener has fewer queues than sockets.
    case surplusOfListener(name: String, queues: Int)
    /// The admin server serves one socket only.
    case surplusOfAdmin

    /// The reason, as a clause.
    public var description: String {
      switch self {
      case .noOwner: "neither a listener nor the admin socket has its name or address"
      case .surplusOfListener(let name, let queues):
        "listener \(name) already has a socket for each of its queues (\(queues))"
      case .surplusOfAdmin: "only one socket can be the admin socket"
      }
    }
  }

  /// How many are named in a sentence; the others are counted.
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
  /// `The passed socket "echod.socket" (tcp 127.0.0.1:9) is not served.`, or `nil` for none. After the first
  /// ``UnservedSocket/namedCount`` they are counted.
  public var sentence: String? {
    guard !isEmpty else { return nil }
    let named = prefix(UnservedSocket.namedCount).map(\.description).joined(separator: ", ")
    let more = count > UnservedSocket.namedCount ? " and \(count - UnservedSocket.namedCount) more" : ""
    return
      count == 1
      ? "The passed socket \(named) is not served." : "The passed sockets \(named)\(more) are not served."
  }
}
