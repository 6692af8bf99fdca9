import EchoCore
import Sockets
import SystemPackage

/// Sends datagrams that may not be fragmented, and waits for their replies.
final class MTUProber {
  /// What became of a datagram of a size.
  enum Outcome: Hashable {
    /// It came back unchanged after this many nanoseconds.
    case reply(Int64)
    /// It is too large.
    case tooLarge(MTUSearch.Obstacle)
    /// A host reported another error.
    case failed(ReportedError)
    /// What came back was something else.
    case wrong(String)
    case interrupted
  }

  /// The first number: a report with the beginning of a datagram tells which one it was.
  private static let firstNumber: UInt32 = 1
  /// How often a send is tried again after a report about an earlier datagram.
  private static let sendLimit = 8
  /// How many reports are taken from the socket at a time.
  private static let reportLimit = 64
  private static let (socketToken, interruptToken): (UInt64, UInt64) = (0, 1)

  let peer: Peer
  private let socket: DatagramSocket
  private let set: ReadinessSet
  private let interrupt: Interrupt
  private var isInterrupted = false
  /// What was sent, and when, by number.
  private var sent: [(bytes: Int, time: Int64)] = []
  /// Whether ``takeReports(_:_:)`` found any.
  private var hadReports = false
  private var buffer = [UInt8](repeating: 0, count: 65_536)

  /// Makes the socket. From now on an interrupt ends a wait.
  init(_ peer: Peer) throws(LinkError) {
    self.peer = peer
    do throws(Errno) {
      socket = try DatagramSocket(connectedTo: peer.endpoint, queueingErrors: true)
      try socket.forbidFragments()
    } catch {
      throw .cannotConnect([ConnectFailure(peer: peer, cause: .failed(ReportedError(error)))])
    }
    do throws(Errno) {
      set = try ReadinessSet()
      interrupt = try Interrupt()
      try set.add(socket.descriptor, for: .readable, token: Self.socketToken)
      try set.add(interrupt.descriptor, for: .readable, token: Self.interruptToken)
    } catch {
      throw .cannotBegin(error)
    }
  }

  /// What the kernel believes to be the path MTU.
  var knownPathMTU: Int? { socket.knownPathMTU }

  /// Sends a datagram of a size once, and waits for the outcome. Late replies and reports about other sizes are noted
  /// in the search.
  func probe(_ size: Int, _ search: inout MTUSearch, waitNanoseconds: Int64) throws(LinkError) -> Outcome {
    if let outcome = try send(size, &search) { return outcome }
    let deadline = SystemClock.monotonicNanoseconds() + waitNanoseconds
    while true {
      if let outcome = take(size, &search) { return outcome }
      let left = deadline - SystemClock.monotonicNanoseconds()
      if isInterrupted || interrupt.take() {
        isInterrupted = true
        return .interrupted
      }
      if left <= 0 { return .tooLarge(.silence) }
      _ = set.wait(nanoseconds: left)
    }
  }

  /// Sends; returns an outcome if the datagram did not leave.
  private func send(_ size: Int, _ search: inout MTUSearch) throws(LinkError) -> Outcome? {
    let number = Self.firstNumber + UInt32(sent.count)
    let message = PingMessages(bytes: size).message(number)
    sent.append((size, SystemClock.monotonicNanoseconds()))
    var refusal = Errno.messageTooLong
    for _ in 0..<Self.sendLimit {
      sent[sent.count - 1].time = SystemClock.monotonicNanoseconds()
      do throws(Errno) {
        // A datagram for which there is no room is lost like any other.
        _ = try socket.send(message)
        return nil
      } catch .noBufferSpace {
        return nil
      } catch {
        refusal = error
        // The error may be that of an earlier datagram.
        if let outcome = takeReports(size, &search) { return outcome }
        if !hadReports { break }
      }
    }
    if refusal == .messageTooLong { return .tooLarge(.interface) }
    throw .cannotSend(peer, refusal)
  }

  /// Takes what has come; `nil` if it says nothing about the size.
  private func take(_ size: Int, _ search: inout MTUSearch) -> Outcome? {
    while true {
      do throws(Errno) {
        guard case .done(let count) = try socket.receive(into: &buffer) else { return nil }
        if let outcome = judge(buffer[..<count], size, &search) { return outcome }
      } catch {
        if let outcome = takeReports(size, &search) { return outcome }
        if !hadReports { return .failed(ReportedError(error)) }
      }
    }
  }

  /// Compares a reply with the datagram that has its number.
  private func judge(_ reply: ArraySlice<UInt8>, _ size: Int, _ search: inout MTUSearch) -> Outcome? {
    let now = SystemClock.monotonicNanoseconds()
    let number =
      reply.count < MessageNumber.bytes ? nil : reply.withUnsafeBytes { MessageNumber.number(in: $0) }
    guard let number, let message = message(number) else {
      return .wrong("\(reply.count.counted("byte")), and \(PingFault.unknownNumber)")
    }
    if let fault = PingMessages(bytes: message.bytes).fault(in: reply, to: number) {
      return .wrong("\(fault)")
    }
    search.noteReply(message.bytes)
    // A larger one answers the question too.
    return message.bytes >= size ? .reply(now - message.time) : nil
  }

  private func message(_ number: UInt32) -> (bytes: Int, time: Int64)? {
    let index = Int(number) - Int(Self.firstNumber)
    return sent.indices.contains(index) ? sent[index] : nil
  }

  /// Takes what hosts reported; `nil` if it says nothing about the size, or is not believed.
  private func takeReports(_ size: Int, _ search: inout MTUSearch) -> Outcome? {
    hadReports = false
    var outcome: Outcome?
    for _ in 0..<Self.reportLimit {
      guard let queued = socket.takeQueuedError() else { break }
      hadReports = true
      let number = queued.message.withUnsafeBytes { bytes in
        bytes.count < MessageNumber.bytes ? nil : MessageNumber.number(in: bytes)
      }
      // Many routers return none of the datagram's payload.
      let reportedSize = number.flatMap(message)?.bytes ?? size
      if queued.reported.error == .messageTooLong, let report = queued.reported.report {
        guard search.noteTooLarge(reportedSize, .report(report)), reportedSize <= size else { continue }
        outcome = .tooLarge(.report(report))
      } else if reportedSize == size {
        outcome = .failed(queued.reported)
      }
    }
    return outcome
  }
}
