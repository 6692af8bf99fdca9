public import Sockets

/// What keeps descriptors while echod restarts: the service manager. See systemd.service(5), FileDescriptorStoreMax.
///
/// A name in the store is not unique: descriptors with the same name are added and removed together.
public protocol DescriptorStore: Sendable {
  /// Keeps these sockets, and stops keeping those of an earlier call that are not among them. Does not wait: what the
  /// manager cannot take now is sent later.
  func keep(_ sockets: [KeptSockets])

  /// Passes on what the next process needs, and returns whether the manager has taken it. Waits for that, but not
  /// forever. The descriptors must be open until it returns.
  func passOn(_ parcels: [(name: String, descriptors: DescriptorList)]) async -> Bool

  /// Removes what was passed on under these names. Does not wait: see ``keep(_:)``.
  func remove(_ names: [String])
}

/// The names of what is in a ``DescriptorStore``.
enum StoredName {
  /// A sealed file in memory with the ``EchoCore/RestartState``.
  static let state = "echod-state"
  /// The sockets in which the connections wait: ``Sockets/DescriptorParcel``.
  static let connections = "echod-connections"
  /// Like ``connections``, for those that cannot go on without the state.
  static let unfinished = "echod-unfinished"
  /// The admin socket.
  static let admin = "echod-admin"

  private static let listenerPrefix = "echod-listener-"

  /// The sockets of a listener.
  static func listener(_ name: String) -> String { listenerPrefix + name }

  /// The listener whose sockets have a name; `nil` if it is the name of something else.
  static func listener(of name: String) -> String? {
    name.hasPrefix(listenerPrefix) ? String(name.dropFirst(listenerPrefix.count)) : nil
  }
}

/// Bound sockets under one name, which stay open as long as they are here.
public struct KeptSockets: Sendable {
  /// The name in the store.
  public let name: String
  let sockets: [BoundSocket]

  init(name: String, _ sockets: [BoundSocket]) {
    (self.name, self.sockets) = (name, sockets)
  }

  /// The sockets of the listeners and of the admin socket, without those that the service manager has anyway.
  static func all(
    of listeners: [Listener], without passed: ActivationSockets, admin: BoundSocket?
  ) -> [KeptSockets] {
    let own = listeners.map { listener in
      KeptSockets(
        name: StoredName.listener(listener.configuration.name),
        listener.sockets.filter { !passed.contains($0) })
    }
    let admin = KeptSockets(name: StoredName.admin, [admin].compactMap(\.self))
    return (own + [admin]).filter { !$0.sockets.isEmpty }
  }

  /// What distinguishes these sockets from others under the same name: see ``Sockets/Descriptor/socketNumber``.
  public var numbers: [UInt64] { sockets.map { $0.withDescriptor { $0.socketNumber } } }

  /// The descriptors, at most ``Sockets/DescriptorList/capacity``: no listener has more sockets.
  public var descriptors: DescriptorList {
    sockets.prefix(DescriptorList.capacity).reduce(into: DescriptorList()) { list, socket in
      socket.withDescriptor { list.append($0) }
    }
  }
}
