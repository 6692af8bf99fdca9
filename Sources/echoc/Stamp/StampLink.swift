import Sockets
import SystemPackage

/// The socket of a session, with the kernel's times of what leaves and what arrives.
final class StampLink {
  /// What came.
  enum Event {
    /// A datagram.
    case datagram(StampArrival)
    /// A message left, at a time of CLOCK_REALTIME in nanoseconds.
    case departure(message: Int, time: Int64)
    /// An error, with the first bytes of the message that it is about, if they are known.
    case failure(ReportedError, message: [UInt8])
  }

  /// How many events are taken from the kernel's queue before they are asked for.
  private static let queueLimit = 256

  let peer: Peer
  private let socket: DatagramSocket
  private var buffer = [UInt8](repeating: 0, count: 65_536)
  /// Events that were taken from the queue and not asked for yet, at most ``queueLimit``.
  private var waiting: [Event] = []
  /// The message that the kernel counts as number 0.
  private var firstCounted = 1
  /// The newest message that was sent.
  private var newest = 0

  /// Makes a socket that receives from the reflector alone, and adds it to a set.
  init(_ peer: Peer, _ set: borrowing ReadinessSet, token: UInt64) throws(LinkError) {
    self.peer = peer
    do throws(ConnectFailure) {
      socket = try ConnectFailure.catching(peer) { () throws(Errno) in
        let socket = try DatagramSocket(connectedTo: peer.endpoint, peer.packets, queueingErrors: true)
        try socket.report([.arrivalTime, .trafficClass])
        try set.add(socket.descriptor, for: .readable, token: token)
        return socket
      }
    } catch {
      throw .cannotConnect([error])
    }
    countFrom(1)
  }

  /// Sends a message; one for which there is no room is lost like any other. Messages are numbered consecutively.
  func send(_ bytes: [UInt8], _ message: Int) throws(Errno) {
    newest = message
    do throws(Errno) {
      if try transmit(bytes, message) { return }
    } catch {
      // The error can be that of an earlier message, so this one is tried again.
      recount(from: message)
      do throws(Errno) {
        if try transmit(bytes, message) { return }
      } catch {
        recount(from: message + 1)
        throw error
      }
    }
    recount(from: message + 1)
  }

  /// Whether the kernel took it, or dropped it without a count.
  private func transmit(_ bytes: [UInt8], _ message: Int) throws(Errno) -> Bool {
    do throws(Errno) {
      if case .done = try socket.send(bytes) { return true }
      return false
    } catch .noBufferSpace {
      // A queue or a filter of this machine has dropped it. See send(2).
      return false
    }
  }

  /// Why a send failed.
  func sendError(_ error: Errno) -> LinkError {
    guard error == .messageTooLong, peer.packets.dontFragment else { return .cannotSend(peer, error) }
    return .tooLong(peer, pathMTU: socket.knownPathMTU)
  }

  /// Takes what came next; `nil` when nothing waits. What left comes first.
  func take() -> Event? {
    takeQueue()
    if !waiting.isEmpty { return waiting.removeFirst() }
    var report = PacketReport()
    do throws(Errno) {
      guard case .done(let count) = try socket.receive(into: &buffer, &report) else { return nil }
      return .datagram(
        StampArrival(
          bytes: buffer[..<count], taken: .now(), kernelTime: report.arrivedAt,
          trafficClass: report.trafficClass))
    } catch {
      takeQueue()
      return waiting.isEmpty ? .failure(ReportedError(error), message: []) : waiting.removeFirst()
    }
  }

  private func takeQueue() {
    while waiting.count < Self.queueLimit, let event = socket.takeQueuedEvent() {
      switch event {
      case .error(let error): waiting.append(.failure(error.reported, message: error.message))
      case .transmission(let transmission):
        let message = firstCounted + Int(transmission.number)
        // A time from before the count restarted has a number that is too high, or is too early.
        if message <= newest { waiting.append(.departure(message: message, time: transmission.time)) }
      }
    }
  }

  private func recount(from message: Int) {
    takeQueue()
    countFrom(message)
  }

  private func countFrom(_ message: Int) {
    firstCounted = message
    // If the kernel cannot do this, the times in the messages are used, which are a little earlier.
    try? socket.reportTransmissions()
  }
}
