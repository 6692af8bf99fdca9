import EchoCore

/// What a bench is to do.
struct BenchPlan: Hashable, Sendable {
  /// How messages travel.
  var transport = Transport.tcp
  /// How many connections there are, or UDP sockets.
  var connections = 1
  /// How many bytes a message has.
  var bytes = 64
  /// How many messages may be in flight on each connection at once.
  var depth = 1
  /// How long messages are sent.
  var seconds = 5
  /// How many messages are sent each second, on all connections together; `nil`: each as soon as there is room.
  var perSecond: Int?
  /// Whether each message has a connection of its own.
  var isChurn = false

  /// Whether there is nothing to wait for but one socket's replies: no schedule, and no room to send more than the socket's
  /// buffer takes at once.
  var waitsInReceive: Bool {
    guard connections == 1, perSecond == nil, !isChurn else { return false }
    return transport == .udp || bytes * depth <= Self.bytesTakenAtOnce
  }

  /// What a new connection's send buffer has room for. See tcp(7), tcp_wmem.
  private static let bytesTakenAtOnce = 16_384

  /// What can be asked for.
  enum Limits {
    static let connections = 1...10_000
    static let streamBytes = 1...(1 << 20)
    /// The longest datagram over IPv4: 65,535 bytes less the headers of IP and UDP.
    static let datagramBytes = 0...65_507
    static let depth = 1...1024
    /// On all connections together.
    static let inFlight = 1_000_000
    static let seconds = 1...86_400
    static let perSecond = 1...10_000_000
  }

  /// The depth when none is asked for: at a fixed rate messages are sent when they are due, and hardly wait for others.
  static func usualDepth(_ transport: Transport, bytes: Int, perSecond: Int?, isChurn: Bool) -> Int {
    guard perSecond != nil, !isChurn else { return 1 }
    // A negative size is refused later, with a sentence.
    return transport == .udp ? min(64, greatestDepth(forDatagramBytes: max(0, bytes))) : 64
  }

  /// How many datagrams in flight can be told apart by the numbers that they carry.
  static func greatestDepth(forDatagramBytes bytes: Int) -> Int {
    min(Int(MessageNumber.mask(forBytes: bytes)) + 1, Limits.depth.upperBound)
  }

  /// What is wrong with it, in a sentence; `nil` when nothing is.
  var problem: String? {
    let sizes = transport == .udp ? Limits.datagramBytes : Limits.streamBytes
    let bounds = [
      ("-c", connections, Limits.connections), ("-s", bytes, sizes), ("-p", depth, Limits.depth),
      ("-d", seconds, Limits.seconds), ("--rate", perSecond ?? 1, Limits.perSecond),
    ]
    if let (option, value, range) = bounds.first(where: { !$0.2.contains($0.1) }) {
      return "\(option) \(value) is not from \(range.lowerBound) to \(range.upperBound)"
    }
    if connections * depth > Limits.inFlight {
      return "-c \(connections) with -p \(depth) is more than \(Limits.inFlight) messages in flight"
    }
    if transport == .udp, isChurn { return "--churn is for TCP" }
    if isChurn, depth > 1 { return "with --churn each connection has one message: leave -p out" }
    let greatest = Self.greatestDepth(forDatagramBytes: bytes)
    if transport == .udp, depth > greatest {
      return
        "the numbers in datagrams of \(bytes) bytes tell no more than \(greatest) apart: -p \(greatest) at most"
    }
    return nil
  }
}
