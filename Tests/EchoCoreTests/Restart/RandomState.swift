import Addresses
import EchoCore

// States with random contents, for tests of what is written and read.

extension RestartState {
  /// A state with a few of everything.
  static func random(_ random: inout SplitMix64) -> RestartState {
    var state = RestartState(
      configuration: #"{ "listeners": [] } é"#, drawnSeed: UInt32(truncatingIfNeeded: random.next()),
      removed: .random(&random))
    for number in 0..<1 + random.next(below: 3) {
      state.listeners.append(.random("listener \(number)", &random))
    }
    return state
  }
}

extension ListenerState {
  static func random(_ name: String, _ random: inout SplitMix64) -> ListenerState {
    var listener = ListenerState(name: name, transport: random.next(below: 2) == 0 ? .udp : .tcp)
    listener.statistics = .random(&random)
    listener.limiter = random.bytes()
    for _ in 0..<random.next(below: 3) { listener.sockets.append(.random(&random)) }
    for _ in 0..<random.next(below: 5) { listener.connections.append(.random(&random)) }
    return listener
  }
}

extension SocketState {
  static func random(_ random: inout SplitMix64) -> SocketState {
    var socket = SocketState(number: random.next())
    socket.countedDrops = UInt32(truncatingIfNeeded: random.next())
    socket.initialReceiveBuffer = random.next(below: 1 << 31)
    socket.initialSendBuffer = random.next(below: 1 << 31)
    (socket.clients, socket.impaired) = (random.bytes(), random.bytes())
    (socket.proxied, socket.responder) = (random.bytes(), random.bytes())
    return socket
  }
}

extension ConnectionState {
  static func random(_ random: inout SplitMix64) -> ConnectionState {
    var connection = ConnectionState(number: random.next())
    connection.phase = [.preface, .receiving, .sending, .lingering][random.next(below: 4)]
    (connection.deadline, connection.activeAt) = (Int64(random.next(below: 1 << 40)), 7)
    connection.lineFreeAt = Int64(random.next(below: 1 << 60))
    connection.peer = random.next(below: 2) == 0 ? nil : random.endpoint()
    connection.client = random.next(below: 2) == 0 ? nil : random.endpoint()
    connection.local = random.next(below: 2) == 0 ? nil : random.endpoint()
    (connection.messages, connection.bytes, connection.replyBytes) = (
      random.next(), random.next(), random.next()
    )
    (connection.preface, connection.header, connection.unsent) = (
      random.bytes(), random.bytes(), random.bytes()
    )
    return connection
  }
}

extension Statistics {
  /// Without what is current.
  static func random(_ random: inout SplitMix64) -> Statistics {
    var statistics = Statistics()
    for statistic in Statistic.allCases where !statistic.row.isGauge { statistics[statistic] = random.next() }
    for reason in DropReason.allCases { statistics[reason] = UInt64(random.next(below: 2)) }
    for kind in ImpairmentKind.allCases { statistics[kind] = random.next() }
    return statistics
  }
}

extension SplitMix64 {
  mutating func endpoint() -> Endpoint {
    let bits = UInt128(next()) << 64 | UInt128(next())
    return Endpoint(
      address: IPAddress(bits: bits), port: UInt16(next(below: 1 << 16)), scope: UInt32(next(below: 1 << 32)))
  }

  /// At most 39 bytes, often none.
  mutating func bytes() -> [UInt8] {
    let count = max(0, next(below: 60) - 20)
    return (0..<count).map { _ in UInt8(next(below: 256)) }
  }
}
