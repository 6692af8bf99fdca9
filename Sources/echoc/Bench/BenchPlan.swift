import EchoCore

/// What a benchmark is asked to do.
struct BenchPlan: Hashable, Sendable {
  var transport = Transport.tcp
  /// How many connections, or UDP sockets.
  var connections = 1
  /// The size of a message.
  var bytes = 64
  /// How many messages may be in flight on each connection.
  var depth = 1
  /// For how long messages are sent.
  var seconds = 5
  /// How many messages are sent each second, over all connections; `nil`: each as soon as there is room.
  var perSecond: Int?
  /// Whether each message has a connection of its own.
  var isChurn = false
  /// How many percent of the messages, and of the connections that should stay open, may be lost.
  var maximumLossPercent = Bounds.lossPercent.upperBound
  /// The PROXY header that connections or datagrams begin with.
  var header: SentHeader?

  /// Whether a load waits in its receive, for at most ``LoadRun/tickNanoseconds``, and has no socket in the set. That saves
  /// a system call per message. It is possible when nothing else is waited for: with one socket, no schedule, and a send
  /// buffer that takes all messages in flight at once.
  var waitsInReceive: Bool {
    guard connections == 1, perSecond == nil, !isChurn else { return false }
    return transport == .udp || bytes * depth <= Self.bytesTakenAtOnce
  }

  /// What a new connection's send buffer has room for. See tcp(7), tcp_wmem.
  private static let bytesTakenAtOnce = 16_384

  /// The bounds of the command line. Those of a message's size are ``LinkLimits/messageBytes(over:)``.
  enum Bounds {
    static let connections = 1...10_000
    static let depth = 1...1024
    /// Over all connections.
    static let inFlight = 1_000_000
    static let seconds = 1...86_400
    static let perSecond = 1...10_000_000
    static let lossPercent = 0.0...100
  }

  /// Whether a loss is more than the plan allows.
  func isTooMuch(_ lost: Int, of all: Int) -> Bool {
    Double(lost) * 100 > Double(all) * maximumLossPercent
  }

  /// The default depth. At a fixed rate it is high, so that messages are sent when they are due and rarely wait.
  static func usualDepth(_ transport: Transport, bytes: Int, perSecond: Int?, isChurn: Bool) -> Int {
    guard perSecond != nil, !isChurn else { return 1 }
    // A negative size is reported later.
    return transport == .udp ? min(64, maximumDepth(forDatagramBytes: max(0, bytes))) : 64
  }

  /// How many datagrams in flight can be told apart by their numbers.
  static func maximumDepth(forDatagramBytes bytes: Int) -> Int {
    min(Int(MessageNumber.mask(forBytes: bytes)) + 1, Bounds.depth.upperBound)
  }

  /// What is wrong with the plan; `nil` when it can be carried out.
  var problem: String? {
    let bounds = [
      ("-c", connections, Bounds.connections),
      ("-s", bytes, LinkLimits.messageBytes(over: transport, after: header)),
      ("-p", depth, Bounds.depth),
      ("-d", seconds, Bounds.seconds), ("--rate", perSecond ?? 1, Bounds.perSecond),
    ]
    if let (option, value, range) = bounds.first(where: { !$0.2.contains($0.1) }) {
      return "\(option) \(value) is not in the range \(range.text)"
    }
    guard Bounds.lossPercent.contains(maximumLossPercent) else {
      return "--max-loss \(maximumLossPercent) is not in the range 0 to 100"
    }
    if connections * depth > Bounds.inFlight {
      return "-c \(connections) with -p \(depth) is more than \(Bounds.inFlight) messages in flight"
    }
    if transport == .udp, isChurn { return "--churn is for TCP" }
    if isChurn, depth > 1 { return "with --churn each connection has one message: omit -p" }
    let maximum = Self.maximumDepth(forDatagramBytes: bytes)
    if transport == .udp, depth > maximum {
      return
        "datagrams of \(bytes.counted("byte")) can carry only \(maximum) different numbers: use at most -p \(maximum)"
    }
    return nil
  }
}
