import Sockets
import SystemPackage

/// Datagrams to and from a server, and from no one else. As long as none of its addresses has answered, messages can go
/// to one after the other; the first address that answers is kept. See udp(7).
final class DatagramLink {
  /// What came.
  enum Event {
    /// A datagram, and who sent it.
    case datagram(ArraySlice<UInt8>, Peer)
    case failure(Failure)
  }

  /// An error of a message that was sent.
  struct Failure {
    var peer: Peer
    var error: ReportedError
    /// The message's first bytes, as many as are known, at most those of a number.
    var message: [UInt8]
  }

  /// An address and its socket.
  private final class Path {
    let peer: Peer
    let socket: DatagramSocket
    /// The PROXY header that each datagram begins with.
    private let header: [UInt8]

    init(_ peer: Peer) throws(Errno) {
      socket = try DatagramSocket(connectedTo: peer.endpoint, peer.packets, queueingErrors: true)
      header = try peer.headerBytes(on: socket.descriptor)
      self.peer = peer
    }

    func send(_ message: [UInt8]) throws(Errno) -> Bool {
      do throws(Errno) {
        if case .done = try socket.send(header.isEmpty ? message : header + message) {
          return true
        } else {
          return false
        }
      } catch .noBufferSpace {
        // A queue or a filter of this machine has dropped it. Only sockets that queue errors learn that; to people the
        // message is lost like any other. See send(2).
        return true
      }
    }

    /// What hosts reported about this address.
    func takeReports() -> [Failure] {
      var reports: [Failure] = []
      while reports.count < reportLimit, let queued = socket.takeQueuedError() {
        let message = queued.message.dropFirst(header.count).prefix(MessageNumber.bytes)
        reports.append(Failure(peer: peer, error: queued.reported, message: Array(message)))
      }
      return reports
    }
  }

  /// How many reported errors are taken from a socket at a time.
  private static let reportLimit = 64

  private var paths: [Path] = []
  private var current = 0
  /// To how many more addresses the message may go.
  private var untried = 0
  private var failures: [Failure] = []
  private var buffer = [UInt8](repeating: 0, count: 65_536)
  /// Whether an address has answered.
  private(set) var hasAnswered = false

  /// Makes a socket for each address to which the system knows a route, and adds them to a set. Throws when there is
  /// none.
  init(_ peers: [Peer], _ set: borrowing ReadinessSet, token: UInt64) throws(LinkError) {
    var refusals: [ConnectFailure] = []
    for peer in peers {
      do throws(ConnectFailure) {
        paths.append(
          try ConnectFailure.catching(peer) { () throws(Errno) in
            let path = try Path(peer)
            try set.add(path.socket.descriptor, for: .readable, token: token)
            return path
          })
      } catch {
        refusals.append(error)
      }
    }
    if paths.isEmpty { throw .cannotConnect(refusals) }
  }

  /// The address that messages go to.
  var peer: Peer { paths[current].peer }

  /// Whether ``moveOn()`` would find another address.
  var canMoveOn: Bool { untried > 0 && !hasAnswered }

  /// Begins a message, which may go to each address once.
  func begin() { untried = paths.count - 1 }

  /// Moves the message to the next address; `false` when there is none.
  func moveOn() -> Bool {
    guard canMoveOn else { return false }
    untried -= 1
    current = (current + 1) % paths.count
    return true
  }

  /// Closes the sockets of the other addresses.
  func closeOthers() {
    guard paths.count > 1 else { return }
    (paths, current, untried) = ([paths[current]], 0, 0)
  }

  /// Sends a datagram; `false` when there is no room for it.
  func send(_ message: [UInt8]) throws(Errno) -> Bool {
    let path = paths[current]
    do throws(Errno) {
      return try path.send(message)
    } catch {
      // The error can be that of an earlier message, so this one is tried again.
      failures += path.takeReports()
      do throws(Errno) {
        return try path.send(message)
      } catch {
        failures += path.takeReports()
        throw error
      }
    }
  }

  /// Why a send to the current address failed.
  func sendError(_ error: Errno) -> LinkError {
    guard error == .messageTooLong, peer.packets.dontFragment else { return .cannotSend(peer, error) }
    return .tooLong(peer, pathMTU: paths[current].socket.knownPathMTU)
  }

  /// Waits until there is room to send; `false` after the timeout. See poll(2).
  func waitForRoom(milliseconds: Int32) throws(Errno) -> Bool {
    try paths[current].socket.descriptor.wait(for: .writable, milliseconds: milliseconds)
  }

  /// Takes what came next; `nil` when nothing waits.
  func take() -> Event? {
    if !failures.isEmpty { return .failure(failures.removeFirst()) }
    for (index, path) in paths.enumerated() {
      do throws(Errno) {
        guard case .done(let count) = try path.socket.receive(into: &buffer) else { continue }
        if !hasAnswered { (hasAnswered, current) = (true, index) }
        return .datagram(buffer[..<count], path.peer)
      } catch {
        failures = path.takeReports()
        if failures.isEmpty {
          return .failure(Failure(peer: path.peer, error: ReportedError(error), message: []))
        }
        return .failure(failures.removeFirst())
      }
    }
    return nil
  }
}
