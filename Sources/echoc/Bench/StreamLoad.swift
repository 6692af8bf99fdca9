import Addresses
import Sockets
import SystemPackage

/// Messages on TCP connections that stay: on each as many in flight as the plan has, all of them bytes of one stream.
struct StreamLoad: Load, ~Copyable {
  /// The most of one receive and of one send.
  static let bufferBytes = 256 * 1024

  private static let interest: ReadinessSet.Interest = [.readable, .writable, .end, .edgeTriggered]

  private struct Peer: ~Copyable {
    let socket: StreamSocket
    var isBroken = false
    /// How many messages were begun, and how many have their reply.
    var begun = 0
    var finished = 0
    /// How many bytes of what was begun the system has, and how many came back.
    var sentBytes = 0
    var receivedBytes = 0
    /// Where in the stream the next byte is sent and received.
    var sendPlace: Int
    var receivePlace: Int
    /// How many bytes of the reply are there that is not whole, and whether one is wrong.
    var partialBytes = 0
    var isPartWrong = false
  }

  private let plan: BenchPlan
  private let pattern = Pattern(reach: bufferBytes)
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferBytes, alignment: 64)
  private let peers: UnsafeMutablePointer<Peer>
  /// When the messages in flight were sent, for each peer a ring of the plan's depth.
  private let stamps: UnsafeMutablePointer<Int64>
  private var alive: Int

  /// Connects, and puts the connections into the run's set.
  init(_ plan: BenchPlan, to endpoint: Endpoint, _ run: inout LoadRun) throws(BenchError) {
    let peers = UnsafeMutablePointer<Peer>.allocate(capacity: plan.connections)
    var count = 0
    do throws(Errno) {
      try Self.connect(plan, to: endpoint, peers, &count, run.set)
    } catch {
      peers.deinitialize(count: count)
      peers.deallocate()
      throw .cannotConnect([Refusal(remote: Remote(transport: .tcp, endpoint: endpoint), error: error)])
    }
    run.measurement.connected = count
    (self.plan, self.peers, alive) = (plan, peers, count)
    stamps = .allocate(capacity: plan.connections * plan.depth)
    stamps.initialize(repeating: 0, count: plan.connections * plan.depth)
  }

  deinit {
    peers.deinitialize(count: plan.connections)
    peers.deallocate()
    stamps.deallocate()
    buffer.deallocate()
  }

  private static func connect(
    _ plan: BenchPlan, to endpoint: Endpoint, _ peers: UnsafeMutablePointer<Peer>, _ count: inout Int,
    _ set: borrowing ReadinessSet
  ) throws(Errno) {
    while count < plan.connections {
      let batch = count..<min(count + Connector.batch, plan.connections)
      for index in batch {
        let place = Pattern.beginning(of: index)
        let socket = try StreamSocket(connectingTo: endpoint)
        (peers + index).initialize(to: Peer(socket: socket, sendPlace: place, receivePlace: place))
        count += 1
      }
      for index in batch {
        try Connector.finish(peers[index].socket)
        if plan.waitsInReceive {
          try peers[index].socket.waitInReceive(nanoseconds: LoadRun.upkeepNanoseconds)
        } else {
          try set.add(peers[index].socket.descriptor, for: interest, token: UInt64(index))
        }
      }
    }
  }

  var isAlive: Bool { alive > 0 }

  mutating func begin(_ run: inout LoadRun) {
    for index in 0..<plan.connections { fill(index, &run) }
  }

  mutating func sendDue(_ messages: Range<Int>, _ run: inout LoadRun) {
    for message in messages.prefix(plan.connections) { fill(message % plan.connections, &run) }
  }

  /// TCP loses nothing: what is silent is waited for.
  mutating func upkeep(_ run: inout LoadRun) {}

  mutating func serve(_ token: Int, isEnded: Bool, _ run: inout LoadRun) {
    guard !peers[token].isBroken else { return }
    do throws(Errno) {
      repeat {
        guard try receive(token, &run) else { return leave(token, nil, &run) }
      } while isEnded
    } catch {
      return leave(token, error, &run)
    }
    fill(token, &run)
  }

  /// Begins as many messages as there is room for, and hands the system all of them at once.
  private mutating func fill(_ index: Int, _ run: inout LoadRun) {
    guard !peers[index].isBroken else { return }
    let peer = peers + index
    let begun = peer.pointee.begun
    let limit = peer.pointee.finished + plan.depth
    if run.isSending { peer.pointee.begun = max(begun, min(limit, run.allowance(of: index))) }
    for message in begun..<peer.pointee.begun {
      stamps[index * plan.depth + message % plan.depth] = run.stamp(
        ofScheduled: Schedule.message(message, of: index, among: plan.connections))
    }
    run.begin(peer.pointee.begun - begun)
    do throws(Errno) {
      try send(peer)
    } catch {
      leave(index, error, &run)
    }
  }

  /// Sends what was begun, as far as there is room: with what the system leaves it goes on when it has room again.
  private func send(_ peer: UnsafeMutablePointer<Peer>) throws(Errno) {
    while true {
      let count = peer.pointee.begun * plan.bytes - peer.pointee.sentBytes
      guard count > 0 else { return }
      let piece = pattern.piece(at: peer.pointee.sendPlace, count: min(count, pattern.reach))
      guard case .done(let sent) = try peer.pointee.socket.send(piece) else { return }
      peer.pointee.sentBytes += sent
      peer.pointee.sendPlace = Pattern.place(peer.pointee.sendPlace, advancedBy: sent)
    }
  }

  /// Takes what has come; `false` when the peer closed the connection, or sends what it was not sent.
  private mutating func receive(_ index: Int, _ run: inout LoadRun) throws(Errno) -> Bool {
    let peer = peers + index
    switch try peer.pointee.socket.receive(into: buffer) {
    case .wouldBlock:
      run.readClock()
      return true
    case .end:
      run.readClock()
      run.measurement.closedByServer += 1
      return false
    case .bytes(let count):
      // One look for this connection: at the end of these replies, and at the beginning of what follows them.
      run.readClock()
      guard peer.pointee.receivedBytes + count <= peer.pointee.sentBytes else {
        run.measurement.noteExcess(on: index)
        return false
      }
      take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), index, &run)
      // What did not fit is reported once more.
      if count == buffer.count, peer.pointee.receivedBytes < peer.pointee.sentBytes, !run.waitsInReceive {
        try run.set.modify(peer.pointee.socket.descriptor, for: Self.interest, token: UInt64(index))
      }
      return true
    }
  }

  private mutating func take(_ bytes: UnsafeRawBufferPointer, _ index: Int, _ run: inout LoadRun) {
    let peer = peers + index
    let place = peer.pointee.receivePlace
    let isRight = pattern.matches(bytes, at: place)
    if !isRight { noteWrongByte(bytes, index, &run) }
    peer.pointee.receivedBytes += bytes.count
    peer.pointee.receivePlace = Pattern.place(place, advancedBy: bytes.count)
    var offset = 0
    while offset < bytes.count {
      let count = min(plan.bytes - peer.pointee.partialBytes, bytes.count - offset)
      if !isRight {
        let part = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
        let isPartRight = pattern.matches(part, at: Pattern.place(place, advancedBy: offset))
        peer.pointee.isPartWrong = peer.pointee.isPartWrong || !isPartRight
      }
      offset += count
      peer.pointee.partialBytes += count
      if peer.pointee.partialBytes == plan.bytes { finishReply(index, &run) }
    }
  }

  private mutating func finishReply(_ index: Int, _ run: inout LoadRun) {
    let peer = peers + index
    if peer.pointee.isPartWrong {
      run.answerWrongly()
    } else {
      run.answer(sentAt: stamps[index * plan.depth + peer.pointee.finished % plan.depth])
    }
    peer.pointee.finished += 1
    peer.pointee.partialBytes = 0
    peer.pointee.isPartWrong = false
  }

  private func noteWrongByte(_ bytes: UnsafeRawBufferPointer, _ index: Int, _ run: inout LoadRun) {
    let (place, received) = (peers[index].receivePlace, peers[index].receivedBytes)
    guard let offset = pattern.firstDifference(bytes, at: place) else { return }
    let byte = (received + offset) % plan.bytes
    run.measurement.noteWrong(
      "byte \(byte) of reply \((received + offset) / plan.bytes) on connection \(index)", was: bytes[offset],
      insteadOf: pattern.byte(at: Pattern.place(place, advancedBy: offset)))
  }

  /// Goes on without a connection: its messages in flight are lost.
  private mutating func leave(_ index: Int, _ error: Errno?, _ run: inout LoadRun) {
    let peer = peers + index
    peer.pointee.isBroken = true
    alive -= 1
    run.measurement.broken += 1
    if let error { run.measurement.note(error) }
    run.lose(peer.pointee.begun - peer.pointee.finished)
    try? run.set.remove(peer.pointee.socket.descriptor)
  }
}
