import EchoCore
import Sockets
public import SystemPackage

/// The sockets that systemd passed, for the listeners and the admin socket to use instead of binding their own.
/// ``assigned(in:)`` tells which are whose. See sd_listen_fds_with_names(3).
public struct ActivationSockets: Sendable {
  /// The name of the admin socket among the passed ones.
  static let adminName = "admin"

  private struct Passed {
    let name: String
    let socket: BoundSocket
    /// `nil` where no configuration can ask for it.
    let place: SocketPlace?
  }

  private var sockets: [Passed] = []

  /// No sockets.
  public init() {}

  /// Takes ownership of a passed descriptor; several can have one name. An error says why it is of no use.
  public mutating func add(_ number: Int32, name: String) throws(Errno) {
    let socket: BoundSocket
    switch try PassedSocket(owning: number) {
    case .datagram(let datagram): socket = .udp(SharedSocket(datagram))
    case .listening(let listening): socket = .tcp(SharedSocket(listening))
    }
    sockets.append(Passed(name: name, socket: socket, place: try socket.place()))
  }

  /// Whether a socket was passed: it is the service manager's too, which goes on with it when echod does not.
  func contains(_ socket: BoundSocket) -> Bool {
    sockets.contains { $0.socket === socket }
  }

  /// Who in a configuration uses which socket. A socket is its namesake's; the name `admin` is the admin socket's,
  /// unless a listener has it. All sockets of one unit have the same name, so one without a namesake is whose address
  /// and port it is bound to. A listener of the other transport is meant neither way.
  func assigned(in configuration: Configuration) -> Assignment {
    let users = Users(in: configuration)
    var assignment = Assignment()
    for passed in sockets {
      if let user = users.byName[Users.Name(transport: passed.socket.transport, name: passed.name)] {
        assignment.namesakes[user, default: []].append(passed.socket)
      } else if let user = passed.place.flatMap({ users.byPlace[$0] }) {
        assignment.others[user, default: []].append(passed.socket)
      } else {
        assignment.unused.append("\"\(passed.name)\" (\(passed.place.map(\.description) ?? "no address"))")
      }
    }
    return assignment
  }
}

extension ActivationSockets {
  /// The passed sockets, each with who uses it in one configuration.
  struct Assignment {
    fileprivate var namesakes: [User: [BoundSocket]] = [:]
    fileprivate var others: [User: [BoundSocket]] = [:]
    /// The sockets that nobody uses: each one's name, and where it is bound.
    fileprivate(set) var unused: [String] = []

    /// A listener's sockets: those of its name first.
    func sockets(of listener: ListenerConfiguration) -> [BoundSocket] {
      sockets(of: .listener(name: listener.name))
    }

    /// The admin sockets, in the same order.
    var admin: [SharedSocket<ListeningSocket>] {
      sockets(of: .admin).compactMap { if case .tcp(let socket) = $0 { socket } else { nil } }
    }

    private func sockets(of user: User) -> [BoundSocket] {
      (namesakes[user] ?? []) + (others[user] ?? [])
    }
  }

  fileprivate enum User: Hashable {
    case listener(name: String)
    case admin
  }

  /// Who can be meant by a socket's name and by its place.
  private struct Users {
    struct Name: Hashable {
      let transport: Transport
      let name: String
    }

    private(set) var byName: [Name: User] = [:]
    private(set) var byPlace: [SocketPlace: User] = [:]

    init(in configuration: Configuration) {
      if let admin = configuration.admin {
        byName[Name(transport: .tcp, name: adminName)] = .admin
        if let place = SocketPlace(of: admin) { byPlace[place] = .admin }
      }
      for listener in configuration.listeners {
        let user = User.listener(name: listener.name)
        byName[Name(transport: listener.transport, name: listener.name)] = user
        if let place = SocketPlace(of: listener) { byPlace[place] = user }
      }
    }
  }
}
