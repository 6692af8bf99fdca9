import EchoCore
import Sockets
import SystemPackage

/// The messages and replies of a queue's connections.
///
/// Kernel → one receive into the queue's buffer → responder, in place → one send from the same buffer → counters. A
/// connection keeps its unsent bytes, and is not read from until they are sent. ``Admission`` decides who may have a
/// connection, ``ReplyShaper`` when replies leave.
final class StreamExchange {
  /// The maximum size of one receive, and of a stalled connection's unsent bytes.
  static let messageBytes = 256 * 1024
  /// How old a connection without a message must be for a drain to end it: the first message may be on its way.
  static let firstMessageMilliseconds: Int64 = 2000

  private let responder: any Responder
  // Plain, because they are read for each message.
  private let needsDelivery: Bool
  private var isImpaired: Bool
  private var closesAfterReply: Bool
  private let loop: EventLoop
  private let counters: Counters
  private let drops: DropLog
  private let admission: Admission
  private let connections: ConnectionTable<Connection>
  private let ends: ConnectionEnds
  private let shaper: ReplyShaper
  private let buffer: MappedBuffer
  private let spares: SpareBuffers
  /// Whether connections are finished when there is nothing more to read.
  private var isDraining = false

  init(
    on connections: ConnectionTable<Connection>, _ service: Service, _ policy: ListenerPolicy,
    _ admission: Admission, _ ends: ConnectionEnds, counters: Counters, drops: DropLog, loop: EventLoop
  ) throws(Errno) {
    let configuration = policy.configuration
    responder = service.makeResponder(
      ResponderSetting(listener: configuration, hostName: Resolver.machineName, counters: counters))
    needsDelivery = service.needs.contains(.delivery)
    isImpaired = policy.impairer != nil
    closesAfterReply = configuration.closeAfterReply
    (self.connections, self.admission, self.ends) = (connections, admission, ends)
    (self.counters, self.drops, self.loop) = (counters, drops, loop)
    shaper = ReplyShaper(policy.impairer, of: connections, on: loop, counters: counters)
    buffer = try MappedBuffer(byteCount: SpareBuffers.byteCount)
    spares = SpareBuffers(on: loop)
    ends.serveOnceMore = { [unowned self] connection in serve(connection) }
  }

  /// Applies a changed policy to the replies from now on; ``begin(_:)`` applies it to an open connection.
  func change(to policy: ListenerPolicy) {
    closesAfterReply = policy.configuration.closeAfterReply
    isImpaired = policy.impairer != nil
    shaper.change(to: policy.impairer)
  }

  /// Makes a connection send as the policy says.
  func begin(_ connection: Connection) { shaper.begin(connection) }
}

// MARK: - The beginning of a connection

extension StreamExchange {
  /// Serves an accepted connection from now on, unless it is refused.
  func admit(_ accepted: consuming ListeningSocket.Accepted) {
    let peer = accepted.peer
    let connection = Connection(accepted.takeSocket(), peer: peer, at: loop.now)
    guard admission.begin(connection, at: loop.now) else { return }
    if isImpaired { shaper.begin(connection) }
    connections.insert(connection)
    ends.watch(connection)
  }

  private func readPreface(_ byteCount: Int, on connection: Connection) throws(Errno) {
    switch admission.readPreface(byteCount, in: buffer.bytes, on: connection) {
    case .incomplete, .identified(byteCount: 0): break
    case .identified(let byteCount): try answer(byteCount, on: connection)
    case .refused: ends.close(connection)
    }
  }
}

// MARK: - Answering

extension StreamExchange {
  /// Does what a ready connection waits for.
  func serve(_ connection: Connection) {
    attempt(on: connection) { () throws(Errno) in
      // The reply to a received message may need a buffer.
      if !spares.isReady, connection.interest == .readable { try spares.reserve() }
      switch try connection.advance(using: buffer.prefix(Self.messageBytes)) {
      case .received(let byteCount):
        connection.activeAt = loop.now
        if connection.isIdentified {
          try answer(byteCount, on: connection)
        } else {
          try readPreface(byteCount, on: connection)
        }
      case .idle: if isDraining { finishIdle(connection) }
      case .sent(let progress):
        count(progress, on: connection)
        if connection.phase == .held { try sendDue(on: connection) }
      case .ended: connection.isInPreface ? ends.closeInPreface(connection) : ends.close(connection)
      }
    }
  }

  /// Handles errors of the body. A shortage pauses the connection; any other error, such as a reset, closes it.
  private func attempt(on connection: Connection, _ body: () throws(Errno) -> Void) {
    do throws(Errno) {
      try body()
    } catch let error where error.isShortage {
      connections.pause(connection, because: error)
    } catch {
      if connection.phase == .sending { drops.drop(.sendFailed, of: connection.client) }
      connection.isInPreface ? ends.closeInPreface(connection) : ends.close(connection)
    }
  }

  private func answer(_ byteCount: Int, on connection: Connection) throws(Errno) {
    connection.countMessage(byteCount)
    counters.add(.messagesReceived)
    counters.add(.bytesReceived, byteCount)
    switch needsDelivery ? askWithDelivery(byteCount, on: connection) : ask(byteCount, on: connection) {
    case .reply(let byteCount, let delay, _):
      let reply = UnsafeRawBufferPointer(buffer.prefix(min(byteCount, buffer.bytes.count)))
      guard delay > 0 || isImpaired else {
        return count(try connection.send(reply, keepingRestIn: spares), on: connection)
      }
      return try sendOrHold(reply, after: delay, on: connection)
    case .refusal(let reason): drops.drop(reason, of: connection.client)
    case .nothing: break
    }
    if closesAfterReply { ends.finish(connection) }
  }

  private func ask(_ byteCount: Int, on connection: Connection) -> Answer {
    responder.answer(
      ServiceRequest(
        room: buffer.bytes, byteCount: byteCount, client: connection.client, local: connection.local,
        arrival: loop.now))
  }

  /// As ``ask(_:on:)``; apart from it, because a delivery is large.
  private func askWithDelivery(_ byteCount: Int, on connection: Connection) -> Answer {
    let header = connection.header
    defer { withExtendedLifetime(header) {} }
    return responder.answer(
      ServiceRequest(
        room: buffer.bytes, byteCount: byteCount, client: connection.client, local: connection.local,
        delivery: Delivery(peer: connection.peer, proxy: header?.facts), arrival: loop.now))
  }
}

// MARK: - Replies that wait

extension StreamExchange {
  /// Sends as much of a reply as may be sent at once, or holds it. The connection is not read from meanwhile.
  private func sendOrHold(
    _ reply: UnsafeRawBufferPointer, after delay: Int64, on connection: Connection
  ) throws(Errno) {
    switch shaper.admit(reply, after: delay, on: connection) {
    case .now(let byteCount):
      let part = UnsafeRawBufferPointer(rebasing: reply[..<byteCount])
      count(try connection.send(part, keepingRestIn: spares), on: connection)
    case .held: try sendDue(on: connection)
    case .noRoom:
      // A stream cannot go on without a part of it.
      drops.drop(.overLimit, of: connection.client)
      ends.reset(connection)
    }
  }

  /// Sends what is due of a held reply, and waits for the rest.
  private func sendDue(on connection: Connection) throws(Errno) {
    while connection.phase == .held {
      guard let byteCount = shaper.takeDue(on: connection, sendLater) else {
        return connections.watch(connection)
      }
      count(try connection.sendHeld(byteCount), on: connection)
    }
  }

  private func sendLater(on connection: Connection) {
    attempt(on: connection) { () throws(Errno) in try sendDue(on: connection) }
  }

  /// Sends a held reply before its time, because it would never leave otherwise.
  func sendEarly(on connection: Connection) {
    guard connection.phase == .held || connection.phase == .sending else { return }
    connection.sliceBytes = .max
    attempt(on: connection) { () throws(Errno) in
      count(try connection.sendHeld(connection.unsentByteCount), on: connection)
    }
  }
}

// MARK: - After a send

extension StreamExchange {
  /// Counts the part of a reply that was sent. The rest is sent when the socket is writable.
  private func count(_ progress: Connection.Progress, on connection: Connection) {
    if progress.bytes > 0 { connection.activeAt = loop.now }
    counters.add(.bytesSent, progress.bytes)
    connections.watch(connection)
    guard progress.isWhole else { return }
    if let shaping = connection.shaping, let ending = shaping.ending {
      return end(connection, ending, afterCutReply: shaping.isCut)
    }
    counters.add(.messagesSent)
    if closesAfterReply { ends.finish(connection) }
  }

  /// Ends a connection that has reached the limit of its listener's `impair`.
  private func end(_ connection: Connection, _ ending: ReplyShaping.Ending, afterCutReply isCut: Bool) {
    isCut ? drops.drop(.impaired, of: connection.client) : counters.add(.messagesSent)
    switch ending {
    case .closed:
      counters.impair(.closed)
      ends.finish(connection)
    case .reset:
      counters.impair(.reset)
      ends.reset(connection)
    }
  }
}

// MARK: - A drain

extension StreamExchange {
  /// Finishes each connection on which nothing is waiting from now on, as it is served.
  func beginDrain() { isDraining = true }

  /// Ends a draining connection on which nothing is waiting, unless it is new and its first message may still come.
  private func finishIdle(_ connection: Connection) {
    // A preface has a deadline of its own.
    if connection.isInPreface { return }
    let isExpected = connection.isNew && loop.now - connection.activeAt < Self.firstMessageMilliseconds
    if !isExpected, !connection.isLingering { ends.finish(connection) }
  }
}
