import Addresses
import Sockets
import SystemPackage

/// Messages on TCP connections that stay: on each as many in flight as the plan has, all of them bytes of one stream.
struct StreamLoad: Load, ~Copyable {
  /// The most of one receive and of one send.
  static let bufferBytes = 256 * 1024

  private static let interest: ReadinessSet.Interest = [.readable, .writable, .end, .edgeTriggered]

  private let plan: BenchPlan
  private let pattern = Pattern(reach: bufferBytes)
  private let buffer: UnsafeMutableRawBufferPointer
  private let peers: UnsafeMutablePointer<StreamPeer>
  /// When the messages in flight were sent, for each peer a ring of the plan's depth.
  private let stamps: UnsafeMutablePointer<Int64>
  private var alive: Int

  /// Connects, and puts the connections into the run's set.
  init(_ plan: BenchPlan, to endpoint: Endpoint, _ run: inout LoadRun) throws(BenchError) {
    let peers = UnsafeMutablePointer<StreamPeer>.allocate(capacity: plan.connections)
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
    buffer = .allocate(byteCount: Self.bufferBytes, alignment: 64)
  }

  deinit {
    peers.deinitialize(count: plan.connections)
    peers.deallocate()
    stamps.deallocate()
    buffer.deallocate()
  }

  private static func connect(
    _ plan: BenchPlan, to endpoint: Endpoint, _ peers: UnsafeMutablePointer<StreamPeer>, _ count: inout Int,
    _ set: borrowing ReadinessSet
  ) throws(Errno) {
    while count < plan.connections {
      let batch = count..<min(count + Connector.batch, plan.connections)
      for index in batch {
        let socket = try StreamSocket(connectingTo: endpoint)
        (peers + index).initialize(to: StreamPeer(socket, number: index))
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

  /// Hands the system all the messages that it begins at once.
  mutating func fill(_ index: Int, _ run: inout LoadRun) {
    let peer = peers + index
    guard !peer.pointee.isBroken else { return }
    let begun = peer.pointee.begun
    if run.isSending {
      peer.pointee.begun = max(begun, min(peer.pointee.finished + plan.depth, run.allowance(of: index)))
    }
    for message in begun..<peer.pointee.begun {
      stamps[index * plan.depth + message % plan.depth] = run.stamp(
        ofScheduled: Schedule.message(message, of: index, among: plan.connections))
    }
    run.begin(peer.pointee.begun - begun)
    do throws(Errno) {
      try peer.pointee.send(pattern, messageBytes: plan.bytes)
    } catch {
      leave(index, error, &run)
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

  private func take(_ bytes: UnsafeRawBufferPointer, _ index: Int, _ run: inout LoadRun) {
    let fault = peers[index].firstFault(in: bytes, pattern)
    if let fault {
      let byte = peers[index].receivedBytes + fault.offset
      run.measurement.noteWrong(
        "byte \(byte % plan.bytes) of reply \(byte / plan.bytes) on connection \(index)",
        was: bytes[fault.offset], insteadOf: fault.expected)
    }
    peers[index].take(bytes, areRight: fault == nil, pattern, messageBytes: plan.bytes) { number, isRight in
      if isRight {
        run.answer(sentAt: stamps[index * plan.depth + number % plan.depth])
      } else {
        run.answerWrongly()
      }
    }
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
