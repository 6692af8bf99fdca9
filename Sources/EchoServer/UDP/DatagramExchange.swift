import Addresses
import EchoCore
import Sockets
import SystemPackage

/// The datagrams that a UDP queue has received, and their replies: sent from the same memory, or impaired, or held.
final class DatagramExchange {
  /// How long replies wait for space in the socket's send buffer before they are dropped.
  static let sendPatienceMilliseconds: Int32 = 20
  /// How long held replies are sent before other work gets its turn.
  static let releaseMilliseconds: Int64 = 100
  /// How long replies may take to leave that are still held at the end. There is other work only on other queues.
  static let lastReleaseMilliseconds: Int64 = 2000

  /// A reply, which stands where its message stood.
  struct Reply {
    let byteCount: Int
    /// `nil` for the socket's.
    let trafficClass: UInt8?
    /// How long the service delays it.
    let delayMilliseconds: Int64
  }

  /// Released when the queue has nothing more to send: the kernel would keep giving datagrams to the socket.
  private(set) var socket: SharedSocket<DatagramSocket>?
  private let loop: EventLoop
  private let counters: Counters
  private let drops: DropLog
  // Only the queue uses it, one call at a time, and a check each time costs 90 instructions.
  @exclusivity(unchecked) private var batch = DatagramBatch()
  private var impaired: ImpairedClients?
  /// Plain, because it is read for each message.
  private(set) var isImpaired = false
  private var held = HeldReplies<DatagramBatch.StoredReply>()
  private let releaseTimer = OneShot()

  init(on socket: SharedSocket<DatagramSocket>, loop: EventLoop, counters: Counters, drops: DropLog) {
    (self.socket, self.loop, self.counters, self.drops) = (socket, loop, counters, drops)
  }

  /// Impairs the replies to messages that arrive from now on; `nil` for not at all.
  func impair(with impairer: Impairer?) {
    isImpaired = impairer != nil
    if let impairer, impaired != nil {
      impaired?.change(to: impairer)
    } else {
      impaired = impairer.map { ImpairedClients($0) }
    }
  }

  /// Receives the waiting datagrams, and returns how many there are.
  func receive() throws(Errno) -> Int {
    guard let socket else { return 0 }
    return try batch.receive(from: socket.socket)
  }

  func datagram(at index: Int) -> DatagramBatch.Datagram { batch.datagram(at: index) }

  func packetReport(at index: Int) -> PacketReport { batch.packetReport(at: index) }

  /// Adds a reply to a message of the batch.
  func reply(_ reply: Reply, to message: DatagramMessage) {
    if isImpaired { return impair(reply, to: message) }
    let isKept = sendOrHold(reply, to: message, after: reply.delayMilliseconds)
    if !isKept { drops.drop(.overLimit, of: message.client) }
  }

  private func impair(_ reply: Reply, to message: DatagramMessage) {
    switch impaired?.nextOutcome(for: message.client, byteCount: reply.byteCount, at: loop.now) {
    case .lost:
      counters.impair(.lost)
      drops.drop(.impaired, of: message.client)
    case .sent(let treatment): send(reply, to: message, treatment)
    case nil: break
    }
  }

  private func send(_ reply: Reply, to message: DatagramMessage, _ treatment: ImpairedClients.Treatment) {
    let corruptedBit = reply.byteCount > 0 ? treatment.corruptedBit : nil
    if let corruptedBit {
      let bit = Int(corruptedBit % UInt64(8 * reply.byteCount))
      message.room[bit / 8] ^= 1 << UInt8(bit % 8)
    }
    let delay = reply.delayMilliseconds + treatment.delayMilliseconds
    var copies = 0
    for _ in 0..<treatment.copies where sendOrHold(reply, to: message, after: delay) { copies += 1 }
    guard copies > 0 else { return drops.drop(.overLimit, of: message.client) }
    if corruptedBit != nil { counters.impair(.corrupted) }
    if treatment.isReordered { counters.impair(.reordered) }
    if treatment.delayMilliseconds > 0 { counters.impair(.delayed) }
    if copies > 1 { counters.impair(.duplicated) }
  }

  /// Sends a reply with its batch, or holds it for the delay; `false` when there is no room to hold it.
  private func sendOrHold(_ reply: Reply, to message: DatagramMessage, after delay: Int64) -> Bool {
    guard delay > 0 else {
      batch.reply(
        at: message.index, offset: message.offset, byteCount: reply.byteCount, from: message.destination,
        trafficClass: reply.trafficClass)
      return true
    }
    let isHeld = held.hold(
      batch.storedReply(
        at: message.index, offset: message.offset, byteCount: reply.byteCount, from: message.destination,
        trafficClass: reply.trafficClass),
      byteCount: reply.byteCount, until: loop.now + delay)
    if isHeld {
      loop.schedule(releaseTimer, afterMilliseconds: delay) { self.releaseHeld(dueAt: self.loop.now) }
    }
    return isHeld
  }

  /// Sends the replies of the batch.
  func sendReplies() {
    guard let socket else { return }
    let sent = batch.sendReplies(on: socket.socket, patience: Self.sendPatienceMilliseconds)
    counters.add(.messagesSent, sent.messages)
    counters.add(.bytesSent, sent.bytes)
    if sent.failures > 0 { drops.drop(.sendFailed, sent.failures, of: nil) }
  }
}

// MARK: - Held replies

extension DatagramExchange {
  /// How many replies are held.
  var heldCount: Int { held.count }

  private func releaseHeld(dueAt now: Int64, within milliseconds: Int64 = releaseMilliseconds) {
    let end = SystemClock.monotonicMilliseconds() + milliseconds
    repeat {
      batch.clear()
      while batch.count < DatagramBatch.capacity, let reply = held.takeDue(at: now) { batch.append(reply) }
      sendReplies()
    } while batch.count == DatagramBatch.capacity && SystemClock.monotonicMilliseconds() < end
    guard let next = held.nextDue else { return }
    loop.schedule(releaseTimer, afterMilliseconds: next - loop.now) {
      self.releaseHeld(dueAt: self.loop.now)
    }
  }

  /// Sends what is held, early rather than never.
  func sendHeld() {
    if held.count > 0 { releaseHeld(dueAt: .max, within: Self.lastReleaseMilliseconds) }
  }

  /// Sends what is held, and releases the socket.
  func end() {
    sendHeld()
    socket = nil
    if held.count > 0 { drops.drop(.sendFailed, held.count, of: nil) }
    held = HeldReplies()
  }
}

// MARK: - A restart

extension DatagramExchange {
  /// What is known of the impaired clients, for the next process.
  func writeImpaired(to writer: inout StateWriter) { impaired?.write(to: &writer) }

  /// Takes over what the process before this one knew of the impaired clients.
  func restoreImpaired(from reader: inout StateReader) throws(StateError) {
    try impaired?.restore(from: &reader, at: loop.now)
  }
}
