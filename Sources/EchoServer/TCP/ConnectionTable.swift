import Logging
import Sockets
import SystemPackage

/// Something that has a connection of its own, to be kept in a ``ConnectionTable``.
protocol Connected: AnyObject {
  var connection: Connection { get }
}

/// The connections of one queue. Each has a slot in the table and a token in the queue's readiness set, and the table alone
/// adds it to the set and takes it out.
final class ConnectionTable<Member: Connected> {
  /// How long a connection stays out of the set when the machine is short of what it needs to go on.
  static var restMilliseconds: Int64 { 100 }

  /// A table as small as this keeps its memory when its last connection ends: clients often come one by one.
  private static var keptSlots: Int { 64 }

  private let loop: EventLoop
  private let logger: Logger
  private var slots: [Member?] = []
  private var free: [Int] = []
  /// The number of the last connection that was added, from 1; after 2^32 of them it starts again. It makes tokens
  /// unique: one that the set reported before its connection ended is not that of the next connection in the slot.
  private var lastNumber: UInt64 = 0
  private let endOfRests = OneShot()
  private var logPace = LogPace()

  /// An empty table.
  init(on loop: EventLoop, logger: Logger) {
    self.loop = loop
    self.logger = logger
  }

  /// How many connections there are.
  var count: Int { slots.count - free.count }

  var isEmpty: Bool { count == 0 }

  /// All of them, in an array of its own, so that the table can change meanwhile.
  var members: [Member] { slots.compactMap(\.self) }

  /// The connection with a token; `nil` when it is gone.
  subscript(token: UInt64) -> Member? {
    let slot = Self.slot(of: token)
    guard slots.indices.contains(slot), let member = slots[slot],
      member.connection.registration.token == token
    else { return nil }
    return member
  }

  /// Whether a connection is here, and not gone.
  func contains(_ member: Member) -> Bool {
    self[member.connection.registration.token] === member
  }

  /// Adds a connection, and begins to watch it.
  func insert(_ member: Member) {
    lastNumber = lastNumber % UInt64(UInt32.max) + 1
    let slot = free.popLast() ?? slots.endIndex
    if slot == slots.endIndex { slots.append(member) } else { slots[slot] = member }
    member.connection.registration.token = lastNumber << 32 | UInt64(slot)
    watch(member)
  }

  /// Takes a connection out; `false` when it was gone. Its socket leaves the readiness set when it is closed, with the
  /// last reference to it.
  func remove(_ member: Member) -> Bool {
    guard contains(member) else { return false }
    let slot = Self.slot(of: member.connection.registration.token)
    member.connection.registration = Registration()
    slots[slot] = nil
    free.append(slot)
    if isEmpty, slots.count > Self.keptSlots { (slots, free) = ([], []) }
    return true
  }

  /// Has the readiness set report what a connection waits for now.
  func watch(_ member: Member) {
    let (connection, interest) = (member.connection, member.connection.interest)
    let registration = connection.registration
    guard registration.isInTable, registration.interest != interest else { return }
    do throws(Errno) {
      if registration.interest == nil {
        try loop.add(connection.socket.descriptor, for: interest, token: registration.token)
      } else {
        try loop.modify(connection.socket.descriptor, for: interest, token: registration.token)
      }
      connection.registration.interest = interest
    } catch {
      rest(member, because: error)
    }
  }

  /// Takes a connection out of the set for a while, because the machine is short of memory. Its peer is not to blame:
  /// what was received from it is kept, and answered later. One that stayed ready would keep a processor busy.
  func rest(_ member: Member, because error: Errno) {
    let connection = member.connection
    guard connection.registration.isInTable else { return }
    if logPace.isDue(at: loop.now) {
      let client: Logger.Metadata = connection.peer.map { ["client": "\($0)"] } ?? [:]
      logger.warning(
        "connections pause until the kernel recovers: \(error)", metadata: client.with(error.logMetadata))
    }
    if connection.registration.interest != nil { try? loop.remove(connection.socket.descriptor) }
    connection.registration.interest = nil
    loop.schedule(endOfRests, afterMilliseconds: Self.restMilliseconds) {
      for member in self.members where member.connection.isResting { self.watch(member) }
    }
  }

  private static func slot(of token: UInt64) -> Int { Int(token & 0xFFFF_FFFF) }
}

/// Where a connection is in its table, and in the readiness set. The table alone changes it.
struct Registration {
  /// 0 for a connection that is in no table: it is no connection's, but the listening socket's.
  fileprivate(set) var token: UInt64 = SocketIntake.token
  fileprivate var isInTable: Bool { token != SocketIntake.token }
  /// What the set reports; `nil` while the connection is not in it.
  fileprivate(set) var interest: ReadinessSet.Interest?
}
