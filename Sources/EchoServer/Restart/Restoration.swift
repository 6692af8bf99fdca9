import EchoCore
import Logging
import Sockets
import Synchronization
public import SystemPackage

/// What the process before this one left in the descriptor store. Nothing is removed from the store before this process
/// can serve it: until then, another process can still try.
public struct Restoration: Sendable {
  /// A bound socket, and its name in the store.
  struct Socket: Sendable {
    let name: String
    let socket: BoundSocket
    let plan: SocketPlan
    /// Whether it no longer receives, and only occupies its port.
    let isStopped: Bool

    /// Whether a plan binds a socket in the same way, to the same port or to one that the kernel chooses.
    func fits(_ plan: SocketPlan) -> Bool {
      let port = self.plan.endpoint.port
      guard !isStopped, plan.endpoint.port == port || plan.endpoint.port == 0 else { return false }
      return plan.onPort(port) == self.plan || plan.onPort(port).withoutIPv6 == self.plan
    }
  }

  private(set) var sockets: [Socket] = []
  private var state: StoredState?
  /// Whether there is a state, even if it cannot be used.
  private var hasState = false
  private var parcels: [StoredParcel] = []
  /// The numbers of the bound sockets under each name; 0 for what is not a bound socket. See
  /// ``Sockets/Descriptor/socketNumber``.
  public private(set) var socketNumbers: [String: Set<UInt64>] = [:]
  /// Whether the process before this one left anything.
  public private(set) var isEmpty = true

  /// Nothing.
  public init() {}

  /// How many descriptors this holds until they have their places.
  var descriptorCount: Int { sockets.count + parcels.count + (state == nil ? 0 : 1) }

  /// Takes ownership of a passed descriptor, and returns whether it did: `false` if the name is not one of the store's.
  /// Throws if it is not what its name says; it is then closed.
  public mutating func add(_ number: Int32, name: String) throws(Errno) -> Bool {
    switch name {
    case StoredName.state:
      (isEmpty, hasState) = (false, true)
      state = StoredState(try SealedMemory(owning: number))
    case StoredName.connections, StoredName.unfinished:
      isEmpty = false
      parcels.append(
        StoredParcel(try ParcelReader(owning: number), isUnfinished: name == StoredName.unfinished))
    case _ where name == StoredName.admin || StoredName.listener(of: name) != nil:
      isEmpty = false
      try add(socket: number, name)
    default: return false
    }
    return true
  }

  private mutating func add(socket number: Int32, _ name: String) throws(Errno) {
    do throws(Errno) {
      let socket = try BoundSocket(passed: PassedSocket(owning: number))
      guard let plan = try SocketPlan(of: socket) else { throw Errno.protocolWrongTypeForSocket }
      // It is connected to nobody: see ``Sockets/DatagramSocket/stopReceiving()``.
      let isStopped = socket.withDescriptor { $0.hasPeer }
      sockets.append(Socket(name: name, socket: socket, plan: plan, isStopped: isStopped))
      socketNumbers[name, default: []].insert(isStopped ? 0 : socket.withDescriptor { $0.socketNumber })
    } catch {
      socketNumbers[name, default: []].insert(0)
      throw error
    }
  }

  /// The sockets of each listener of a configuration, by its name: those with its name first. A listener on a port that
  /// the kernel chose finds its sockets only by its name.
  func sockets(for plans: [(name: String, plan: SocketPlan)]) -> [String: [BoundSocket]] {
    var left = sockets
    var assigned: [String: [BoundSocket]] = [:]
    func assign(_ name: String, where isRight: (Socket) -> Bool) {
      assigned[name, default: []] += left.filter(isRight).map(\.socket)
      left.removeAll(where: isRight)
    }
    for (name, plan) in plans {
      assign(name) { $0.name == StoredName.listener(name) && $0.fits(plan) }
    }
    for (name, plan) in plans where plan.endpoint.port != 0 {
      assign(name) { $0.name != StoredName.admin && $0.fits(plan) }
    }
    return assigned
  }

  /// The admin socket, if it fits a plan.
  func adminSocket(for plan: SocketPlan) -> BoundSocket? {
    sockets.first { $0.name == StoredName.admin && $0.fits(plan) }?.socket
  }

  /// How long a state can be: even without its tables, it can exceed ``EchoCore/RestartState/byteLimit``.
  private static let stateByteLimit = 4 * RestartState.byteLimit

  /// Reads the state. It can be read again by another process.
  func readState(_ logger: Logger) -> RestartState? {
    guard let state else {
      if !parcels.isEmpty, !hasState {
        logger.warning(
          "the statistics and the clients from before the restart are forgotten: the state is missing")
      }
      return nil
    }
    do {
      return try RestartState(decoding: try state.memory.contents(atMost: Self.stateByteLimit))
    } catch {
      logger.warning(
        "the statistics and the clients from before the restart are forgotten: the state cannot be read: \(error)"
      )
      return nil
    }
  }

  /// Takes the connections out of the parcels. The caller must serve or end them. Returns how many descriptors are not
  /// connections.
  ///
  /// - Parameters:
  ///   - take: gets a connection, and whether it cannot go on without its state.
  func takeConnections(_ logger: Logger, _ take: (consuming StreamSocket, Bool) -> Void) -> Int {
    var strangers = 0
    for parcel in parcels {
      do throws(Errno) {
        try parcel.takeDescriptors { descriptor in
          guard let socket = try? StreamSocket(adopting: descriptor) else {
            strangers += 1
            return
          }
          take(socket, parcel.isUnfinished)
        }
      } catch {
        logger.error(
          "not all connections from before the restart arrived: \(error)", metadata: error.logMetadata)
      }
    }
    return strangers
  }
}

/// A state that can be read until it is released.
private final class StoredState: Sendable {
  let memory: SealedMemory

  init(_ memory: consuming SealedMemory) { self.memory = memory }
}

/// A parcel from which the connections can be taken once.
private final class StoredParcel: Sendable {
  let isUnfinished: Bool
  private let reader: Mutex<ParcelReader?>

  init(_ reader: consuming sending ParcelReader, isUnfinished: Bool) {
    self.reader = Mutex(reader)
    self.isUnfinished = isUnfinished
  }

  /// Throws EMFILE after it has taken all for which there was room.
  func takeDescriptors(_ take: (consuming Descriptor) -> Void) throws(Errno) {
    guard var reader = reader.withLock({ $0.take() }) else { return }
    var shortage: Errno?
    while true {
      do throws(Errno) {
        guard try reader.receive(take) else { break }
      } catch .tooManyOpenFiles {
        // The message is lost, but the next one may find room.
        shortage = .tooManyOpenFiles
      }
    }
    if let shortage { throw shortage }
  }
}

extension BoundSocket {
  init(passed socket: consuming PassedSocket) {
    switch consume socket {
    case .datagram(let datagram): self = .udp(SharedSocket(datagram))
    case .listening(let listening): self = .tcp(SharedSocket(listening))
    }
  }
}
