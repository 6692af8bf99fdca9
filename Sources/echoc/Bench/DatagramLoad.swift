import Sockets
import SystemPackage

/// Messages as datagrams, each with its number: on each socket as many in flight as the plan has.
struct DatagramLoad: Load, ~Copyable {
  /// How long to wait for a reply. After that the message counts as lost, and another takes its place.
  static let timeoutNanoseconds: Int64 = 1_000_000_000
  /// How long to wait for room in the send buffer.
  private static let sendTimeoutMilliseconds: Int32 = 1000

  /// How many reported errors are taken from a socket after each error.
  private static let reportsPerTurn = 64
  /// How often a socket is received from before the others get their turn.
  private static let receivesPerTurn = 16
  /// Not for writing: each datagram that leaves would be reported.
  private static let interest: ReadinessSet.Interest = [.readable, .edgeTriggered]

  private struct Sender: ~Copyable {
    let socket: DatagramSocket
    /// The PROXY header that each datagram begins with.
    let header: [UInt8]
    /// How many messages were begun.
    var begun = 0
  }

  private let plan: BenchPlan
  private let peer: Peer
  private let pattern: Pattern
  private let senders: UnsafeMutablePointer<Sender>
  private var count = 0
  private var slots: DatagramSlots
  private var batch: ConnectedDatagramBatch

  /// Makes the sockets, and adds them to the run's set.
  init(_ plan: BenchPlan, to peer: Peer, _ run: inout LoadRun) throws(LinkError) {
    (self.plan, self.peer) = (plan, peer)
    senders = .allocate(capacity: plan.connections)
    pattern = Pattern(pieceLimit: plan.bytes)
    // One byte more than a reply has, so that a longer datagram is noticed.
    batch = ConnectedDatagramBatch(room: plan.bytes + 1)
    slots = DatagramSlots(sockets: plan.connections, depth: plan.depth, messageBytes: plan.bytes)
    do throws(Errno) {
      while count < plan.connections {
        let socket = try DatagramSocket(connectedTo: peer.endpoint, queueingErrors: true)
        if plan.waitsInReceive {
          try socket.descriptor.waitInReceive(nanoseconds: LoadRun.tickNanoseconds)
        } else {
          try run.set.add(socket.descriptor, for: Self.interest, token: UInt64(count))
        }
        let header = try peer.headerBytes(on: socket.descriptor)
        (senders + count).initialize(to: Sender(socket: socket, header: header))
        count += 1
      }
    } catch {
      throw .cannotConnect([ConnectFailure(peer: peer, cause: .failed(ReportedError(error)))])
    }
    run.measurement.connected = count
  }

  deinit {
    senders.deinitialize(count: count)
    senders.deallocate()
  }

  mutating func serve(_ token: Int, isEnded: Bool, _ run: inout LoadRun) {
    for _ in 0..<Self.receivesPerTurn {
      do throws(Errno) {
        let count = try batch.receive(from: senders[token].socket)
        run.readClock()
        for index in 0..<count { take(batch.payload(at: index), token, &run) }
        fill(token, &run)
        if count < ConnectedDatagramBatch.capacity { return }
      } catch {
        // The error of one message, such as ECONNREFUSED; the next receive brings datagrams again.
        note(error, on: token, &run)
      }
    }
    if plan.waitsInReceive { return }
    // Have the rest reported again, after the other sockets' turns.
    try? run.set.modify(senders[token].socket.descriptor, for: Self.interest, token: UInt64(token))
  }

  mutating func checkTimeouts(_ run: inout LoadRun) {
    for index in 0..<plan.connections {
      let lost = slots.giveUp(sentBefore: run.now - Self.timeoutNanoseconds, on: index)
      guard lost > 0 else { continue }
      run.lose(lost)
      fill(index, &run)
    }
  }

  mutating func fill(_ index: Int, _ run: inout LoadRun) {
    guard run.isSending else { return }
    let limit = run.allowance(of: index)
    while senders[index].begun < limit, slots.hasRoom(on: index) {
      append(index, &run)
      if batch.count == ConnectedDatagramBatch.capacity { send(on: index, &run) }
    }
    if batch.count > 0 { send(on: index, &run) }
  }

  /// Appends the next message to the batch.
  private mutating func append(_ index: Int, _ run: inout LoadRun) {
    let sender = senders + index
    let sentAt = run.sendTime(
      ofScheduled: Schedule.message(sender.pointee.begun, of: index, among: plan.connections))
    let number = slots.begin(on: index, countsFrom: sentAt, at: run.now)
    sender.pointee.begun += 1
    run.begin(1)
    let head = min(plan.bytes, MessageNumber.bytes)
    batch.append(
      head: MessageNumber.letters(of: number), bytes: head,
      body: pattern.piece(at: Self.offset(of: number, on: index), count: plan.bytes - head))
  }

  private mutating func send(on index: Int, _ run: inout LoadRun) {
    if peer.header != nil { batch.setPrefix(senders[index].header) }
    let failures = batch.send(on: senders[index].socket, patience: Self.sendTimeoutMilliseconds)
    if let error = failures.error { note(error, count: failures.count, on: index, &run) }
  }

  /// Counts an error, and takes what hosts reported.
  private func note(_ error: Errno, count: Int = 1, on index: Int, _ run: inout LoadRun) {
    var reported: ReportedError?
    for _ in 0..<Self.reportsPerTurn {
      guard let queued = senders[index].socket.takeQueuedError() else { break }
      reported = reported ?? queued.reported
    }
    run.measurement.note((reported ?? ReportedError(error)).text(to: peer.endpoint.address), count: count)
  }

  /// The offset in the pattern of the bytes behind a message's number.
  private static func offset(of number: UInt32, on socket: Int) -> Int {
    Pattern.offset(Pattern.start(ofConnection: socket), advancedBy: Int(number % UInt32(Pattern.period)))
  }

  private mutating func take(_ datagram: UnsafeRawBufferPointer, _ index: Int, _ run: inout LoadRun) {
    guard datagram.count == plan.bytes else {
      return run.measurement.noteWrong(length: datagram.count, plan.bytes)
    }
    guard let number = MessageNumber.number(in: datagram), let kind = slots.judge(number, on: index) else {
      return run.measurement.noteWrong(number: datagram)
    }
    let isRight = checkBody(of: datagram, number, index, &run)
    switch kind {
    case .awaited(let sentAt): run.answer(sentAt: sentAt, isRight: isRight)
    case _ where !isRight: run.measurement.wrong += 1
    case .late: run.measurement.late += 1
    case .duplicate: run.measurement.duplicates += 1
    }
  }

  /// Checks the bytes behind the number.
  private func checkBody(
    of datagram: UnsafeRawBufferPointer, _ number: UInt32, _ index: Int, _ run: inout LoadRun
  ) -> Bool {
    guard datagram.count > MessageNumber.bytes else { return true }
    let body = UnsafeRawBufferPointer(rebasing: datagram[MessageNumber.bytes...])
    guard let difference = pattern.firstDifference(in: body, at: Self.offset(of: number, on: index)) else {
      return true
    }
    run.measurement.noteWrong(
      "byte \(MessageNumber.bytes + difference.index) of a datagram", was: body[difference.index],
      insteadOf: difference.expected)
    return false
  }
}
