import EchoCore
import Logging
import Sockets
import Synchronization
public import SystemPackage

/// What the process before this one left in the descriptor store. Nothing is taken from it before this process can serve
/// it: until then, the store has everything, also for another try.
public struct Restoration: Sendable {
  /// A bound socket, and its name in the store.
  struct Socket: Sendable {
    let name: String
    let socket: BoundSocket
    let plan: SocketPlan
  }

  private(set) var sockets: [Socket] = []
  private var state: StoredState?
  private var parcels: [StoredParcel] = []
  /// The numbers of the bound sockets under each name; 0 for what is not a bound socket. See
  /// ``Sockets/Descriptor/socketNumber``.
  public private(set) var socketNumbers: [String: Set<UInt64>] = [:]
  /// Whether the process before this one left anything.
  public private(set) var isEmpty = true

  /// Nothing.
  public init() {}

  /// How many descriptors it takes until they have their places.
  var descriptorCount: Int { sockets.count + parcels.count + (state == nil ? 0 : 1) }

  /// Takes ownership of a passed descriptor, and returns whether it did: `false` if the name is not one of the store's.
  /// Throws if it is not what its name says; it is then closed.
  public mutating func add(_ number: Int32, name: String) throws(Errno) -> Bool {
    switch name {
    case StoredName.state:
      isEmpty = false
      state = StoredState(try SealedMemory(owning: number))
    case StoredName.connections:
      isEmpty = false
      parcels.append(StoredParcel(try ParcelReader(owning: number)))
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
      // One that is connected was stopped, and receives nothing.
      guard let plan = try SocketPlan(of: socket), !socket.withDescriptor({ $0.hasPeer }) else {
        throw Errno.protocolWrongTypeForSocket
      }
      sockets.append(Socket(name: name, socket: socket, plan: plan))
      socketNumbers[name, default: []].insert(socket.withDescriptor { $0.socketNumber })
    } catch {
      socketNumbers[name, default: []].insert(0)
      throw error
    }
  }

  /// The sockets that fit a plan. A listener on a port that the kernel chose finds its sockets by its name.
  func sockets(named name: String, for plan: SocketPlan) -> [BoundSocket] {
    sockets.filter { socket in
      let port = socket.plan.endpoint.port
      return plan.onPort(port) == socket.plan
        && (plan.endpoint.port == port || plan.endpoint.port == 0 && socket.name == name)
    }.map(\.socket)
  }

  /// Reads the state. It can be read again by another process.
  func readState(_ logger: Logger) -> RestartState? {
    guard let state else { return nil }
    do {
      return try RestartState(decoding: try state.memory.contents(atMost: RestartState.byteLimit))
    } catch {
      logger.warning(
        "the statistics and the clients from before the restart are forgotten: the state cannot be read: \(error)"
      )
      return nil
    }
  }

  /// Takes the connections out of the parcels. Whoever has them must serve or end them.
  func takeConnections(_ logger: Logger, _ take: (consuming StreamSocket) -> Void) {
    for parcel in parcels {
      do throws(Errno) {
        try parcel.takeConnections(take)
      } catch {
        logger.error(
          "not all connections from before the restart arrived: \(error)", metadata: error.logMetadata)
      }
    }
  }
}

/// A state that can be read until it is released.
private final class StoredState: Sendable {
  let memory: SealedMemory

  init(_ memory: consuming SealedMemory) { self.memory = memory }
}

/// A parcel from which the connections can be taken once.
private final class StoredParcel: Sendable {
  private let reader: Mutex<ParcelReader?>

  init(_ reader: consuming sending ParcelReader) { self.reader = Mutex(reader) }

  /// Throws EMFILE when all were taken for which there was room.
  func takeConnections(_ take: (consuming StreamSocket) -> Void) throws(Errno) {
    guard var reader = reader.withLock({ $0.take() }) else { return }
    var shortage: Errno?
    while true {
      do throws(Errno) {
        let isTaken = try reader.receive { descriptor in
          if let socket = try? StreamSocket(adopting: descriptor) { take(socket) }
        }
        if !isTaken { break }
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
