import EchoServer
import Sockets

/// What the service manager has to be told, so that its descriptor store keeps what is wanted: the difference between
/// the sockets that were asked for last and what was sent. So for a manager that does not read, at most one message
/// waits for each name that it has, and one for each name that it is to have.
struct StoreChanges: Sendable {
  /// Names to be removed before anything is stored, because a port may have another name by now.
  private var removals: [String] = []
  /// Sockets to be stored. They stay open while they wait.
  private var additions: [KeptSockets] = []
  /// The numbers of the sockets that the manager has under each name once the removals have been sent.
  private var stored: [String: Set<UInt64>]

  /// - Parameters:
  ///   - stored: what is in the store already: the numbers of the sockets under each name.
  init(stored: [String: Set<UInt64>] = [:]) {
    self.stored = stored
  }

  var isEmpty: Bool { removals.isEmpty && additions.isEmpty }

  /// Makes these sockets the only ones in the store that ``keep(_:)`` has put there. Names are unique among them.
  mutating func keep(_ sockets: [KeptSockets]) {
    var wanted: [String: Set<UInt64>] = [:]
    for kept in sockets { wanted[kept.name] = Set(kept.numbers) }
    // What has the same name is removed together, so a name whose sockets changed is stored again as a whole.
    for name in stored.keys.sorted() where stored[name] != wanted[name] { remove(name) }
    additions = sockets.filter { stored[$0.name] == nil && !$0.numbers.isEmpty }
  }

  /// Removes everything that has these names.
  mutating func remove(_ names: [String]) {
    additions.removeAll { names.contains($0.name) }
    for name in names { remove(name) }
  }

  private mutating func remove(_ name: String) {
    stored[name] = nil
    if !removals.contains(name) { removals.append(name) }
  }

  /// The message to send first.
  var first: ManagerMessage? {
    if let name = removals.first { return .removing(name) }
    return additions.first.map { .storing($0.descriptors, as: $0.name) }
  }

  /// Removes the first message. Sockets that could not be sent are sent by the next ``keep(_:)`` that names them.
  mutating func removeFirst(wasSent: Bool) {
    if !removals.isEmpty {
      let name = removals.removeFirst()
      // The next call removes it again.
      if !wasSent, stored[name] == nil { stored[name] = [0] }
    } else if !additions.isEmpty {
      let added = additions.removeFirst()
      if wasSent { stored[added.name] = Set(added.numbers) }
    }
  }
}

extension ManagerMessage {
  /// Puts descriptors in the store. Without FDPOLL=0 the manager would drop those that are hung up. See sd_notify(3),
  /// FDSTORE.
  static func storing(_ descriptors: DescriptorList, as name: String) -> ManagerMessage {
    ManagerMessage(text: "FDSTORE=1\nFDNAME=\(name)\nFDPOLL=0", descriptors: descriptors)
  }

  /// Removes all descriptors with a name from the store. See sd_notify(3), FDSTOREREMOVE.
  static func removing(_ name: String) -> ManagerMessage {
    ManagerMessage(text: "FDSTOREREMOVE=1\nFDNAME=\(name)")
  }

  /// Makes the manager close the descriptor when it has taken everything that was sent before. See sd_notify_barrier(3).
  static func barrier(closing descriptor: borrowing Descriptor) -> ManagerMessage {
    var list = DescriptorList()
    list.append(descriptor)
    return ManagerMessage(text: "BARRIER=1", descriptors: list)
  }
}
