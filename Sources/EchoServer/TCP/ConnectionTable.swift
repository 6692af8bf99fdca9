import Logging
import Sockets
import SystemPackage

/// A member of a ``ConnectionTable``.
protocol Connected: AnyObject {
  var connection: Connection { get }
}

/// The connections of one queue. Each has a slot in the table and a token in the queue's readiness set. Only the table
/// adds it to the set and removes it.
final class ConnectionTable<Member: Connected> {
  /// How long a connection stays out of the set after a shortage.
  static var pauseMilliseconds: Int64 { 100 }

  private let loop: EventLoop
  private let logger: Logger
  private var slots = Slots<Member>()
  /// The number of the last connection that was added, from 1 to 2^32 - 1 and then from 1 again. It makes tokens
  /// unique: a token reported before its connection ended does not match the next connection in the slot.
  private var lastNumber: UInt64 = 0
  private let endOfPauses = OneShot()
  private var logPace = LogPace()
  /// What the connections are left alone with.
  private var rest = Rest.none

  init(on loop: EventLoop, logger: Logger) {
    self.loop = loop
    self.logger = logger
  }

  var count: Int { slots.count }

  var isEmpty: Bool { count == 0 }

  /// A copy of all connections, so that the table can change during iteration.
  var members: [Member] { slots.members }

  /// Visits all connections. The table must not change meanwhile.
  func forEach(_ visit: (Member) -> Void) { slots.forEach(visit) }

  /// The connection with a token, unless it was removed.
  subscript(token: UInt64) -> Member? {
    guard let member = slots[Self.slot(of: token)], member.connection.registration.token == token else {
      return nil
    }
    return member
  }

  func contains(_ member: Member) -> Bool {
    self[member.connection.registration.token] === member
  }

  /// Adds a connection and watches it.
  func insert(_ member: Member) {
    lastNumber = lastNumber % UInt64(UInt32.max) + 1
    member.connection.registration.token = lastNumber << 32 | UInt64(slots.insert(member))
    watch(member)
  }

  /// Removes a connection; `false` if it was removed before. Its socket leaves the readiness set when the last
  /// reference to the connection is gone, which closes it.
  func remove(_ member: Member) -> Bool {
    guard contains(member) else { return false }
    slots.remove(at: Self.slot(of: member.connection.registration.token))
    member.connection.registration = Registration()
    return true
  }

  /// Updates the readiness set to a connection's current interest.
  func watch(_ member: Member) {
    let (connection, interest) = (member.connection, member.connection.interest)
    let registration = connection.registration
    guard registration.isInTable, registration.interest != interest else { return }
    switch rest {
    case .none: break
    case .receiving: if interest == .readable { return leaveSet(member) }
    case .everything: return leaveSet(member)
    }
    do throws(Errno) {
      if registration.interest == nil {
        try loop.set.add(connection.socket.descriptor, for: interest, token: registration.token)
      } else {
        try loop.set.modify(connection.socket.descriptor, for: interest, token: registration.token)
      }
      connection.registration.interest = interest
    } catch {
      pause(member, because: error)
    }
  }

  /// Takes a connection out of the set for a while after a shortage, which is not the peer's fault: everything received
  /// is kept and answered later. A connection that stayed ready would keep a processor busy.
  func pause(_ member: Member, because error: Errno) {
    let connection = member.connection
    guard connection.registration.isInTable else { return }
    if logPace.isDue(at: loop.now) {
      let client: Logger.Metadata = (connection.client ?? connection.peer).map { ["client": "\($0)"] } ?? [:]
      logger.warning(
        "connections are paused until the kernel recovers: \(error)", metadata: client.with(error.logMetadata)
      )
    }
    leaveSet(member)
    loop.schedule(endOfPauses, afterMilliseconds: Self.pauseMilliseconds) {
      for member in self.members where member.connection.isPaused { self.watch(member) }
    }
  }

  /// What connections are left alone with before a restart.
  enum Rest {
    case none
    /// Nothing more is received; replies are sent.
    case receiving
    /// Nothing is sent either, whatever happens on the queue.
    case everything
  }

  /// Leaves connections alone from now on.
  func leaveAlone(_ rest: Rest) {
    self.rest = rest
    for member in members {
      switch rest {
      case .receiving where member.connection.interest != .readable: break
      case .none: watch(member)
      case .receiving, .everything: leaveSet(member)
      }
    }
  }

  /// Takes a connection out of the set, until it is watched again.
  private func leaveSet(_ member: Member) {
    let connection = member.connection
    if connection.registration.interest != nil { try? loop.set.remove(connection.socket.descriptor) }
    connection.registration.interest = nil
  }

  private static func slot(of token: UInt64) -> Int { Int(token & 0xFFFF_FFFF) }
}

/// Members in numbered slots. A slot is used again after its member was removed.
private struct Slots<Member> {
  /// An empty table of this size or less keeps its memory: clients often come one by one.
  private static var keptCount: Int { 64 }

  private var slots: [Member?] = []
  private var free: [Int] = []

  var count: Int { slots.count - free.count }

  var members: [Member] { slots.compactMap(\.self) }

  func forEach(_ visit: (Member) -> Void) {
    for case let member? in slots { visit(member) }
  }

  subscript(slot: Int) -> Member? { slot < slots.count ? slots[slot] : nil }

  mutating func insert(_ member: Member) -> Int {
    guard let slot = free.popLast() else {
      slots.append(member)
      return slots.count - 1
    }
    slots[slot] = member
    return slot
  }

  mutating func remove(at slot: Int) {
    slots[slot] = nil
    free.append(slot)
    if count == 0, slots.count > Self.keptCount { self = Slots() }
  }
}

/// A connection's place in its table and in the readiness set. Only the table changes it.
struct Registration {
  /// The listening socket's token, 0, for a connection that is in no table.
  fileprivate(set) var token: UInt64 = SocketIntake.token
  fileprivate var isInTable: Bool { token != SocketIntake.token }
  /// What the set reports; `nil` if the connection is not in it.
  fileprivate(set) var interest: ReadinessSet.Interest?
}
