import Addresses
import Sockets
import SystemPackage

/// Messages as datagrams, each with its number: on each socket as many in flight as the plan has.
struct DatagramLoad: Load, ~Copyable {
  /// How long a datagram's reply is waited for. Then it is lost, and another message takes its place.
  static let patienceNanoseconds: Int64 = 1_000_000_000
  /// How long the system may take to send what it was handed.
  static let sendPatienceMilliseconds: Int32 = 1000

  /// How often a socket is received from before it is the others' turn.
  private static let receivesPerTurn = 16
  /// Without writability: each datagram that leaves would be reported.
  private static let interest: ReadinessSet.Interest = [.readable, .edgeTriggered]

  private struct Peer: ~Copyable {
    let socket: DatagramSocket
    /// How many messages were begun.
    var begun = 0
  }

  private let plan: BenchPlan
  private let pattern: Pattern
  private let peers: UnsafeMutablePointer<Peer>
  private var slots: DatagramSlots
  private var train: DatagramTrain

  /// Makes the sockets, and puts them into the run's set.
  init(_ plan: BenchPlan, to endpoint: Endpoint, _ run: inout LoadRun) throws(BenchError) {
    let peers = UnsafeMutablePointer<Peer>.allocate(capacity: plan.connections)
    var count = 0
    do throws(Errno) {
      while count < plan.connections {
        let socket = try DatagramSocket(connectedTo: endpoint)
        if plan.waitsInReceive {
          try socket.waitInReceive(nanoseconds: LoadRun.upkeepNanoseconds)
        } else {
          try run.set.add(socket.descriptor, for: Self.interest, token: UInt64(count))
        }
        (peers + count).initialize(to: Peer(socket: socket))
        count += 1
      }
    } catch {
      peers.deinitialize(count: count)
      peers.deallocate()
      throw .cannotConnect([Refusal(remote: Remote(transport: .udp, endpoint: endpoint), error: error)])
    }
    run.measurement.connected = count
    (self.plan, self.peers) = (plan, peers)
    pattern = Pattern(reach: plan.bytes)
    // One byte more than is right, so that a longer datagram is noticed.
    train = DatagramTrain(room: plan.bytes + 1)
    slots = DatagramSlots(sockets: plan.connections, depth: plan.depth, messageBytes: plan.bytes)
  }

  deinit {
    peers.deinitialize(count: plan.connections)
    peers.deallocate()
  }

  /// Sockets without connections do not break.
  var isAlive: Bool { true }

  mutating func serve(_ token: Int, isEnded: Bool, _ run: inout LoadRun) {
    for _ in 0..<Self.receivesPerTurn {
      do throws(Errno) {
        let count = try train.receive(from: peers[token].socket)
        run.readClock()
        for index in 0..<count { take(train.payload(at: index), token, &run) }
        fill(token, &run)
        if count < DatagramTrain.capacity { return }
      } catch {
        // What one message came to, as ECONNREFUSED; the next receive brings datagrams again.
        run.measurement.note(error)
      }
    }
    if run.waitsInReceive { return }
    // What is left is reported once more, after the other sockets' turns.
    try? run.set.modify(peers[token].socket.descriptor, for: Self.interest, token: UInt64(token))
  }

  mutating func upkeep(_ run: inout LoadRun) {
    for index in 0..<plan.connections {
      let lost = slots.giveUp(sentBefore: run.now - Self.patienceNanoseconds, on: index)
      guard lost > 0 else { continue }
      run.lose(lost)
      fill(index, &run)
    }
  }

  mutating func fill(_ index: Int, _ run: inout LoadRun) {
    guard run.isSending else { return }
    let limit = run.allowance(of: index)
    while peers[index].begun < limit, slots.hasRoom(on: index) {
      put(index, &run)
      if train.count == DatagramTrain.capacity { send(on: index, &run) }
    }
    if train.count > 0 { send(on: index, &run) }
  }

  /// Puts the next message down.
  private mutating func put(_ index: Int, _ run: inout LoadRun) {
    let stamp = run.stamp(
      ofScheduled: Schedule.message(peers[index].begun, of: index, among: plan.connections))
    let number = slots.begin(on: index, stamp: stamp, at: run.now)
    (peers + index).pointee.begun += 1
    run.begin(1)
    let head = min(plan.bytes, MessageNumber.bytes)
    train.append(
      head: MessageNumber.letters(of: number), bytes: head,
      body: pattern.piece(at: Self.place(of: number, on: index), count: plan.bytes - head))
  }

  private mutating func send(on index: Int, _ run: inout LoadRun) {
    let refusals = train.send(on: peers[index].socket, patience: Self.sendPatienceMilliseconds)
    if let error = refusals.error { run.measurement.note(error, count: refusals.count) }
  }

  /// Where in the stream a message's bytes behind its number begin.
  private static func place(of number: UInt32, on socket: Int) -> Int {
    Pattern.place(Pattern.beginning(of: socket), advancedBy: Int(number % UInt32(Pattern.period)))
  }

  private mutating func take(_ datagram: UnsafeRawBufferPointer, _ index: Int, _ run: inout LoadRun) {
    guard datagram.count == plan.bytes else {
      return run.measurement.noteWrong(length: datagram.count, plan.bytes)
    }
    guard let number = MessageNumber.number(in: datagram), let verdict = slots.judge(number, on: index) else {
      return run.measurement.noteWrong(number: datagram)
    }
    let isRight = checkBody(of: datagram, number, index, &run)
    switch verdict {
    case .awaited(let stamp): if isRight { run.answer(sentAt: stamp) } else { run.answerWrongly() }
    case _ where !isRight: run.measurement.wrong += 1
    case .late: run.measurement.late += 1
    case .duplicate: run.measurement.duplicates += 1
    }
  }

  private func checkBody(
    of datagram: UnsafeRawBufferPointer, _ number: UInt32, _ peer: Int, _ run: inout LoadRun
  ) -> Bool {
    guard datagram.count > MessageNumber.bytes else { return true }
    let body = UnsafeRawBufferPointer(rebasing: datagram[MessageNumber.bytes...])
    let place = Self.place(of: number, on: peer)
    if pattern.matches(body, at: place) { return true }
    if let offset = pattern.firstDifference(body, at: place) {
      run.measurement.noteWrong(
        "byte \(MessageNumber.bytes + offset) of a datagram", was: body[offset],
        insteadOf: pattern.byte(at: Pattern.place(place, advancedBy: offset)))
    }
    return false
  }
}
