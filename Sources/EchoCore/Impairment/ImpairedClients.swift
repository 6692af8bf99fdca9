public import Addresses

/// The UDP clients of one queue of an impaired listener, in a table of bounded size: how many of their messages were
/// due a reply, and when their lines are free. A client is forgotten as in ``ClientTable``, and then starts again.
public struct ImpairedClients: Sendable {
  /// How long a reply may wait for those before it, when `bytesPerSecond` is set. One that would wait longer is lost.
  public static let longestWaitMilliseconds: Int64 = 1000

  /// How many bytes a table takes at most.
  public static let memoryBytes = 10 << 20

  /// What happens to a reply.
  public enum Outcome: Hashable, Sendable {
    /// It is not sent.
    case lost
    /// It is sent, in this way.
    case sent(Treatment)
  }

  /// How a reply is sent.
  public struct Treatment: Hashable, Sendable {
    /// How often: once or twice.
    public var copies = 1
    /// Which bit is flipped first, as in ``Impairer/Fate/corruptedBit``.
    public var corruptedBit: UInt64?
    /// Whether it is sent at once, although others wait.
    public var isReordered = false
    /// How long it waits.
    public var delayMilliseconds: Int64 = 0
  }

  /// What is known of a client.
  private struct Client {
    var lastSeen: Int64
    var messages: UInt64 = 0
    var line = PacedLine()
  }

  private var impairer: Impairer
  private var clients: RecencyTable<Endpoint, Client>

  /// Makes an empty table, which allocates its memory with the first client.
  public init(_ impairer: Impairer, capacity: Int = ClientTable.capacity) {
    self.impairer = impairer
    self.clients = RecencyTable(capacity: capacity)
  }

  /// Changes the impairment from now on. The clients' messages keep their numbers. If the speed changes, every line is
  /// free.
  public mutating func change(to impairer: Impairer) {
    if impairer.impairment.bytesPerSecond != self.impairer.impairment.bytesPerSecond {
      clients.update { $0.line = PacedLine() }
    }
    self.impairer = impairer
  }

  /// What happens to the reply to a client's next message; `now` is in milliseconds of a monotonic clock.
  public mutating func nextOutcome(for client: Endpoint, byteCount: Int, at now: Int64) -> Outcome {
    expire(at: now)
    let index = index(of: client, now)
    let fate = impairer.fate(of: clients[index].messages)
    clients.change(index) { client in
      client.lastSeen = now
      client.messages &+= 1
    }
    guard !fate.isLost else { return .lost }
    var treatment = Treatment(
      copies: fate.isDuplicated ? 2 : 1, corruptedBit: fate.corruptedBit, isReordered: fate.isReordered,
      delayMilliseconds: fate.delayMilliseconds)
    guard let bytesPerSecond = impairer.impairment.bytesPerSecond else { return .sent(treatment) }
    // First the line, then the delay: a reply that waits for its delay does not hold up those that follow it.
    let nanoseconds = now * 1_000_000
    let wait = clients[index].line.wait(at: nanoseconds)
    guard wait <= Self.longestWaitMilliseconds * 1_000_000 else { return .lost }
    treatment.delayMilliseconds += wait / 1_000_000
    clients.change(index) { client in
      _ = client.line.send(treatment.copies * byteCount, bytesPerSecond: bytesPerSecond, at: nanoseconds)
    }
    return .sent(treatment)
  }

  private mutating func index(of client: Endpoint, _ now: Int64) -> RecencyTable<Endpoint, Client>.Index {
    if let index = clients.index(of: client) {
      // A client before it in the table may have kept it from being removed.
      if isForgotten(index, at: now) { clients[index] = Client(lastSeen: now) }
      clients.touch(index)
      return index
    }
    clients.insert(Client(lastSeen: now), for: client)
    guard let index = clients.index(of: client) else { preconditionFailure("it has just been added") }
    return index
  }

  /// Removes silent clients.
  private mutating func expire(at now: Int64) {
    while let first = clients.first, isForgotten(first, at: now) { clients.remove(first) }
  }

  /// Whether a client has been silent for its lifetime, and its line is free.
  private func isForgotten(_ index: RecencyTable<Endpoint, Client>.Index, at now: Int64) -> Bool {
    let lifetime = Int64(ClientTable.lifetimeSeconds) * 1000
    return clients[index].lastSeen + lifetime <= now && clients[index].line.wait(at: now * 1_000_000) == 0
  }
}

extension ImpairedClients {
  /// How many bytes a client takes in a state: its endpoint, when it was last seen, its messages and its line.
  private static let stateBytes = 22 + 3 * 8
  /// The longest datagram, in bytes.
  private static let longestReply = 65_535

  /// Writes the speed and all clients.
  public func write(to writer: inout StateWriter) {
    writer.write(Int64(impairer.impairment.bytesPerSecond ?? 0))
    clients.write(to: &writer) { writer, endpoint, client in
      writer.write(endpoint)
      writer.write(client.lastSeen)
      writer.write(client.messages)
      writer.write(client.line.freeAt)
    }
  }

  /// Takes over the clients that another table wrote, instead of its own; `now` is in milliseconds of the monotonic clock.
  /// The numbering of their messages continues. If the speed has changed, every line is free, as after ``change(to:)``.
  /// Throws, and leaves the table empty, if the bytes are broken.
  public mutating func restore(from reader: inout StateReader, at now: Int64) throws(StateError) {
    clients = RecencyTable(capacity: clients.capacity)
    let isSame = try reader.number(Int64.self) == Int64(impairer.impairment.bytesPerSecond ?? 0)
    let latestLine = latestLine(at: now * 1_000_000)
    let lifetime = Int64(ClientTable.lifetimeSeconds) * 1000
    try clients.restore(from: &reader, ofBytes: Self.stateBytes) { reader throws(StateError) in
      let endpoint = try reader.endpoint()
      var client = Client(lastSeen: try reader.pastTime(at: now), messages: try reader.number())
      let line = PacedLine(freeAt: min(try reader.number(), latestLine))
      if isSame { client.line = line }
      let isForgotten = client.lastSeen + lifetime <= now && client.line.wait(at: now * 1_000_000) == 0
      return isForgotten ? nil : (endpoint, client)
    }
  }

  /// When a line can be free at the latest, in nanoseconds: a reply that waits as long as one can is sent twice.
  private func latestLine(at now: Int64) -> Int64 {
    guard let speed = impairer.impairment.bytesPerSecond else { return now }
    var line = PacedLine(freeAt: now + Self.longestWaitMilliseconds * 1_000_000)
    return line.send(2 * Self.longestReply, bytesPerSecond: speed, at: now)
  }
}
