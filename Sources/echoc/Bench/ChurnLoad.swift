import Addresses
import Sockets
import SystemPackage

/// A TCP connection for each message: connect, send, take the reply, close.
///
/// Who closes first has to keep the port for a minute (TIME_WAIT, RFC 9293, section 3.6.1), and there are not ports enough
/// for a load. Where the server closes after its reply that is left to it; otherwise the connection is reset once the
/// reply is whole, after which nobody has to keep anything.
struct ChurnLoad: Load, ~Copyable {
  /// How long one connection may take.
  static let patienceNanoseconds: Int64 = 5_000_000_000
  private static let bufferBytes = 64 * 1024
  private static let interest: ReadinessSet.Interest = [.readable, .end, .edgeTriggered]

  private let plan: BenchPlan
  private let endpoint: Endpoint
  private let serverCloses: Bool
  private let pattern: Pattern
  private let buffer: UnsafeMutableRawBufferPointer
  private let seats: UnsafeMutablePointer<ChurnSeat>

  /// Exchanges one message, which is not counted, to find out whether the server closes after its reply.
  init(_ plan: BenchPlan, to endpoint: Endpoint) throws(BenchError) {
    let pattern = Pattern(reach: max(plan.bytes, Self.bufferBytes))
    do throws(Errno) {
      serverCloses = try ClosingProbe.closes(endpoint, after: pattern.piece(at: 0, count: plan.bytes))
    } catch {
      throw .cannotConnect([Refusal(remote: Remote(transport: .tcp, endpoint: endpoint), error: error)])
    }
    (self.plan, self.endpoint) = (plan, endpoint)
    self.pattern = pattern
    buffer = .allocate(byteCount: Self.bufferBytes, alignment: 64)
    seats = .allocate(capacity: plan.connections)
    for index in 0..<plan.connections { (seats + index).initialize(to: ChurnSeat()) }
  }

  deinit {
    seats.deinitialize(count: plan.connections)
    seats.deallocate()
    buffer.deallocate()
  }

  /// A seat is taken again whatever became of its last connection.
  var isAlive: Bool { true }

  /// A server that closes is left to do so after the last replies too.
  var isSettled: Bool { !(0..<plan.connections).contains { seats[$0].phase == .ending } }

  mutating func sendDue(_ messages: Range<Int>, _ run: inout LoadRun) {
    for index in 0..<plan.connections where run.measurement.sent < run.due {
      if seats[index].phase == .resting { fill(index, &run) }
    }
  }

  mutating func upkeep(_ run: inout LoadRun) {
    for index in 0..<plan.connections {
      switch seats[index].phase {
      case .resting, .failed: break
      case .ending where run.now - seats[index].begunAt >= Self.patienceNanoseconds:
        (seats + index).pointee.reset()
      case .connecting where run.now - seats[index].begunAt >= Self.patienceNanoseconds,
        .exchanging where run.now - seats[index].begunAt >= Self.patienceNanoseconds:
        fail(index, .timedOut, &run)
      case .connecting, .exchanging, .ending: continue
      }
      fill(index, &run)
    }
  }

  mutating func serve(_ token: Int, isEnded: Bool, _ run: inout LoadRun) {
    do throws(Errno) {
      try advance(token, isEnded: isEnded, &run)
    } catch {
      fail(token, error, &run)
    }
    if seats[token].phase == .resting { fill(token, &run) }
  }

  /// Begins a message in a seat that is free, as long as there is one to begin.
  mutating func fill(_ index: Int, _ run: inout LoadRun) {
    repeat {
      seats[index].phase = .resting
      guard run.isSending, run.schedule == nil || run.measurement.sent < run.due else { return }
      connect(index, &run)
    } while seats[index].phase == .resting
  }

  private mutating func connect(_ index: Int, _ run: inout LoadRun) {
    run.readClock()
    let stamp = run.stamp(ofScheduled: run.measurement.sent)
    run.begin(1)
    do throws(Errno) {
      let seat = seats + index
      let now = run.now
      seat.pointee = ChurnSeat(
        socket: try StreamSocket(connectingTo: endpoint), phase: .connecting, stamp: stamp, begunAt: now)
      // On loopback the connection is there at once, and only the reply has to be waited for.
      try send(seat, &run)
      let interest = seat.pointee.sentBytes < plan.bytes ? Self.interest.union(.writable) : Self.interest
      try seat.pointee.socket?.join(run.set, for: interest, token: UInt64(index))
    } catch {
      fail(index, error, &run)
    }
  }

  /// Goes on with a connection as far as it is ready.
  private mutating func advance(_ index: Int, isEnded: Bool, _ run: inout LoadRun) throws(Errno) {
    let seat = seats + index
    try send(seat, &run)
    if seat.pointee.phase == .connecting { return }
    while true {
      switch try seat.pointee.socket?.receive(into: buffer) {
      case nil, .wouldBlock: return
      case .end:
        run.measurement.closedByServer += 1
        guard seat.pointee.phase == .ending else { return fail(index, nil, &run) }
        return seat.pointee.leave()
      case .bytes(let count):
        run.readClock()
        take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), index, &run)
        if seat.pointee.phase == .resting { return }
        // What comes after this is reported.
        if count < buffer.count, !isEnded { return }
      }
    }
  }

  /// Sends what there is room for.
  private func send(_ seat: UnsafeMutablePointer<ChurnSeat>, _ run: inout LoadRun) throws(Errno) {
    let wasConnecting = seat.pointee.phase == .connecting
    try seat.pointee.send(pattern.piece(at: 0, count: plan.bytes), to: endpoint)
    if wasConnecting, seat.pointee.phase == .exchanging { run.measurement.connected += 1 }
  }

  private mutating func take(_ bytes: UnsafeRawBufferPointer, _ index: Int, _ run: inout LoadRun) {
    let seat = seats + index
    guard seat.pointee.phase == .exchanging, seat.pointee.receivedBytes + bytes.count <= plan.bytes else {
      run.measurement.noteExcess(on: index)
      if seat.pointee.phase == .exchanging { run.lose(1) }
      return seat.pointee.reset()
    }
    let place = seat.pointee.receivedBytes % Pattern.period
    if let offset = pattern.matches(bytes, at: place) ? nil : pattern.firstDifference(bytes, at: place) {
      seat.pointee.isWrong = true
      run.measurement.noteWrong(
        "byte \(seat.pointee.receivedBytes + offset) of a reply", was: bytes[offset],
        insteadOf: pattern.byte(at: Pattern.place(place, advancedBy: offset)))
    }
    seat.pointee.receivedBytes += bytes.count
    guard seat.pointee.receivedBytes == plan.bytes else { return }
    if seat.pointee.isWrong { run.answerWrongly() } else { run.answer(sentAt: seat.pointee.stamp) }
    if serverCloses { seat.pointee.phase = .ending } else { seat.pointee.reset() }
  }

  /// Ends a connection that brought no whole reply.
  private func fail(_ index: Int, _ error: Errno?, _ run: inout LoadRun) {
    // An error after the reply, as when a server resets instead of closing, takes nothing away.
    let isAnswered = seats[index].phase == .ending
    (seats + index).pointee.reset()
    guard !isAnswered else { return }
    run.measurement.broken += 1
    if let error { run.measurement.note(error) }
    run.lose(1)
    seats[index].phase = .failed
  }
}
