import Addresses
import Sockets
import SystemPackage

/// Messages as datagrams, each with its number: on each socket as many in flight as the plan has.
///
/// A message in flight has a slot, and its number is the slot's place in the lowest bits and above it how often the slot
/// was used. So a reply is found by its number, and one that comes late or twice is known.
struct DatagramLoad: Load, ~Copyable {
  /// How long a datagram's reply is waited for. Then it is lost, and another message takes its place.
  static let patienceNanoseconds: Int64 = 1_000_000_000
  /// How long the system may take to send what it was handed.
  static let sendPatienceMilliseconds: Int32 = 1000

  /// How often a socket is received from before it is the others' turn.
  private static let receivesPerTurn = 16
  /// Without writability: each datagram that leaves would be reported.
  private static let interest: ReadinessSet.Interest = [.readable, .edgeTriggered]

  private struct Slot {
    /// When the message counts as sent, and when it was.
    var stamp: Int64 = 0
    var sentAt: Int64 = 0
    /// The number of the message in flight, or of the last one that was.
    var number: UInt32
    /// Which message of this slot was given up, if none of it came since.
    var lost: UInt32?
    var isInFlight = false
    /// The next free slot of the socket.
    var next: Int
  }

  private struct Peer: ~Copyable {
    let socket: DatagramSocket
    /// How many messages were begun.
    var begun = 0
    /// The first free slot, or -1.
    var free = 0
  }

  private let plan: BenchPlan
  private let pattern: Pattern
  private let numberMask: UInt32
  private let slotBits: UInt32
  private let peers: UnsafeMutablePointer<Peer>
  private let slots: UnsafeMutablePointer<Slot>
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
    numberMask = MessageNumber.mask(forBytes: plan.bytes)
    slotBits = UInt32(plan.depth == 1 ? 0 : Int.bitWidth - (plan.depth - 1).leadingZeroBitCount)
    slots = .allocate(capacity: plan.connections * plan.depth)
    for index in 0..<plan.connections * plan.depth {
      let place = index % plan.depth
      let next = place + 1 < plan.depth ? place + 1 : -1
      (slots + index).initialize(to: Slot(number: UInt32(place), next: next))
    }
  }

  deinit {
    peers.deinitialize(count: plan.connections)
    peers.deallocate()
    slots.deallocate()
  }

  /// Sockets without connections do not break.
  var isAlive: Bool { true }

  mutating func begin(_ run: inout LoadRun) {
    for index in 0..<plan.connections { fill(index, &run) }
  }

  mutating func sendDue(_ messages: Range<Int>, _ run: inout LoadRun) {
    for message in messages.prefix(plan.connections) { fill(message % plan.connections, &run) }
  }

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
    for peer in 0..<plan.connections {
      var hasLost = false
      for slot in 0..<plan.depth {
        let index = peer * plan.depth + slot
        guard slots[index].isInFlight, run.now - slots[index].sentAt >= Self.patienceNanoseconds else {
          continue
        }
        slots[index].lost = slots[index].number
        release(slot, of: peer)
        run.lose(1)
        hasLost = true
      }
      if hasLost { fill(peer, &run) }
    }
  }

  /// Begins as many messages as there is room for.
  private mutating func fill(_ index: Int, _ run: inout LoadRun) {
    guard run.isSending else { return }
    let peer = peers + index
    let limit = run.allowance(of: index)
    while peer.pointee.begun < limit, peer.pointee.free >= 0 {
      put(index, &run)
      if train.count == DatagramTrain.capacity { send(on: index, &run) }
    }
    if train.count > 0 { send(on: index, &run) }
  }

  /// Puts the next message down.
  private mutating func put(_ index: Int, _ run: inout LoadRun) {
    let peer = peers + index
    let slot = slots + index * plan.depth + peer.pointee.free
    peer.pointee.free = slot.pointee.next
    slot.pointee.number &+= 1 << slotBits
    slot.pointee.isInFlight = true
    slot.pointee.sentAt = run.now
    slot.pointee.stamp = run.stamp(
      ofScheduled: Schedule.message(peer.pointee.begun, of: index, among: plan.connections))
    peer.pointee.begun += 1
    run.begin(1)
    let head = min(plan.bytes, MessageNumber.bytes)
    train.append(
      head: MessageNumber.letters(of: slot.pointee.number), bytes: head,
      body: pattern.piece(at: Self.place(of: slot.pointee.number, on: index), count: plan.bytes - head))
  }

  private mutating func send(on index: Int, _ run: inout LoadRun) {
    let refusals = train.send(on: peers[index].socket, patience: Self.sendPatienceMilliseconds)
    if let error = refusals.error { run.measurement.note(error, count: refusals.count) }
  }

  /// Where in the stream a message's bytes behind its number begin.
  private static func place(of number: UInt32, on socket: Int) -> Int {
    Pattern.place(Pattern.beginning(of: socket), advancedBy: Int(number % UInt32(Pattern.period)))
  }

  private mutating func take(_ datagram: UnsafeRawBufferPointer, _ peer: Int, _ run: inout LoadRun) {
    guard datagram.count == plan.bytes else {
      return run.measurement.noteWrong(length: datagram.count, plan.bytes)
    }
    guard let number = MessageNumber.number(in: datagram), case let place = Int(number & (1 << slotBits - 1)),
      place < plan.depth
    else { return run.measurement.noteWrong(number: datagram) }
    let slot = slots + peer * plan.depth + place
    let isRight = checkBody(of: datagram, number, peer, &run)
    if slot.pointee.isInFlight, (number ^ slot.pointee.number) & numberMask == 0 {
      if isRight { run.answer(sentAt: slot.pointee.stamp) } else { run.answerWrongly() }
      release(place, of: peer)
    } else if !isRight {
      run.measurement.wrong += 1
    } else if let lost = slot.pointee.lost, (number ^ lost) & numberMask == 0 {
      slot.pointee.lost = nil
      run.measurement.late += 1
    } else if Int32(bitPattern: slot.pointee.number &- number) >= 0 {
      run.measurement.duplicates += 1
    } else {
      run.measurement.noteWrong(number: datagram)
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

  private func release(_ slot: Int, of peer: Int) {
    let index = peer * plan.depth + slot
    slots[index].isInFlight = false
    slots[index].next = peers[peer].free
    peers[peer].free = slot
  }
}
