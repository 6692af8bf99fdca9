/// Who in a configuration serves which of the sockets that systemd passes.
///
/// A socket is its namesake's; the name `admin` is the admin socket's, unless a listener has it. All sockets of one unit
/// have the same name, so one without a namesake belongs to whoever is configured for the address and port that it is
/// bound to. A listener of the other transport never matches. A listener serves as many sockets as it has queues,
/// and the admin server one: first those of its name, in the order in which they are passed.
public struct SocketAssignment: Sendable {
  /// Who serves a socket.
  public enum User: Hashable, Sendable {
    /// A listener.
    case listener(name: String)
    /// The admin server.
    case admin
  }

  /// The name of the admin socket among the passed ones.
  static let adminName = "admin"

  /// The numbers of each user's sockets.
  private var served: [User: [Int]] = [:]
  /// The sockets that nobody serves, by their numbers.
  public private(set) var unserved: [(number: Int, socket: UnservedSocket)] = []

  /// Assigns sockets.
  ///
  /// - Parameters:
  ///   - sockets: in the order in which they are passed; a socket's number is its index here.
  public init(of sockets: [ActivationSocket], in configuration: Configuration) {
    let users = Users(in: configuration)
    var (namesakes, others): ([User: [Int]], [User: [Int]]) = ([:], [:])
    for (number, socket) in sockets.enumerated() {
      if let user = users.byName[Users.Name(transport: socket.transport, name: socket.name)] {
        namesakes[user, default: []].append(number)
      } else if let user = socket.place.flatMap({ users.byPlace[$0] }) {
        others[user, default: []].append(number)
      } else {
        unserved.append((number, UnservedSocket(socket: socket, reason: .noUser)))
      }
    }
    for (user, room) in users.room {
      let numbers = (namesakes[user] ?? []) + (others[user] ?? [])
      served[user] = Array(numbers.prefix(room))
      let reason = Self.surplus(of: user, room: room)
      unserved += numbers.dropFirst(room).map { ($0, UnservedSocket(socket: sockets[$0], reason: reason)) }
    }
    unserved.sort { $0.number < $1.number }
  }

  /// The numbers of the sockets that a user serves: those of its name first.
  public func sockets(of user: User) -> [Int] { served[user] ?? [] }

  private static func surplus(of user: User, room: Int) -> UnservedSocket.Reason {
    switch user {
    case .listener(let name): .surplusOfListener(name: name, queues: room)
    case .admin: .surplusOfAdmin
    }
  }

  /// Who can be meant by a socket's name and by its place, and how many sockets each serves.
  private struct Users {
    struct Name: Hashable {
      let transport: Transport
      let name: String
    }

    private(set) var byName: [Name: User] = [:]
    private(set) var byPlace: [SocketPlace: User] = [:]
    private(set) var room: [User: Int] = [:]

    init(in configuration: Configuration) {
      if let admin = configuration.admin {
        byName[Name(transport: .tcp, name: adminName)] = .admin
        if let place = SocketPlace(of: admin) { byPlace[place] = .admin }
        room[.admin] = 1
      }
      for listener in configuration.listeners {
        let user = User.listener(name: listener.name)
        byName[Name(transport: listener.transport, name: listener.name)] = user
        if let place = SocketPlace(of: listener) { byPlace[place] = user }
        room[user] = listener.queues
      }
    }
  }
}
