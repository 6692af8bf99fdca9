import Addresses

// Each part is written and read in the same order. The least size of a part, in bytes, is that of one without any
// content; a reader checks it before it reserves memory for a list.

extension RestartState {
  func write(to writer: inout StateWriter) {
    writer.write(configuration)
    writer.write(drawnSeed)
    removed.write(to: &writer)
    writer.write(lostConnections)
    writer.write(listeners) { $1.write(to: &$0) }
  }

  init(reading reader: inout StateReader) throws(StateError) {
    self.init(
      configuration: try reader.text(atMost: Self.configurationBytes), drawnSeed: try reader.number(),
      removed: try Statistics(reading: &reader))
    lostConnections = try reader.number()
    listeners = try reader.list(
      atMost: Limits.listeners, ofBytes: ListenerState.leastBytes, ListenerState.init(reading:))
  }
}

extension ListenerState {
  /// Five lengths, and those in its statistics.
  static let leastBytes = 5 * 4 + Statistics.leastBytes
  /// How long the name of a transport can be, in bytes.
  private static let transportBytes = 16

  func write(to writer: inout StateWriter) {
    writer.write(name)
    writer.write(transport.rawValue)
    statistics.write(to: &writer)
    writer.write(limiter)
    writer.write(sockets) { $1.write(to: &$0) }
    writer.write(connections) { $1.write(to: &$0) }
  }

  init(reading reader: inout StateReader) throws(StateError) {
    let name = try reader.text(atMost: Limits.nameBytes)
    guard let transport = Transport(rawValue: try reader.text(atMost: Self.transportBytes)) else {
      throw .invalid
    }
    self.init(name: name, transport: transport)
    statistics = try Statistics(reading: &reader)
    limiter = try reader.content(atMost: RestartState.byteLimit)
    sockets = try reader.list(
      atMost: Limits.totalQueues, ofBytes: SocketState.leastBytes, SocketState.init(reading:))
    connections = try reader.list(
      atMost: RestartState.connections, ofBytes: ConnectionState.leastBytes, ConnectionState.init(reading:))
  }
}

extension SocketState {
  /// Its numbers, and four lengths.
  static let leastBytes = 8 + 4 + 2 * 4 + 4 * 4

  func write(to writer: inout StateWriter) {
    writer.write(number)
    writer.write(countedDrops)
    for size in [initialReceiveBuffer, initialSendBuffer] { writer.write(Int32(clamping: size)) }
    for table in [clients, impaired, proxied, responder] { writer.write(table) }
  }

  init(reading reader: inout StateReader) throws(StateError) {
    self.init(number: try reader.number())
    countedDrops = try reader.number()
    initialReceiveBuffer = max(0, Int(try reader.number(Int32.self)))
    initialSendBuffer = max(0, Int(try reader.number(Int32.self)))
    clients = try reader.content(atMost: RestartState.byteLimit)
    impaired = try reader.content(atMost: RestartState.byteLimit)
    proxied = try reader.content(atMost: RestartState.byteLimit)
    responder = try reader.content(atMost: RestartState.byteLimit)
  }
}

extension ConnectionState {
  /// Its numbers without an endpoint, and three lengths.
  static let leastBytes = 8 + 1 + 8 + 3 + 5 * 8 + 3 * 4

  func write(to writer: inout StateWriter) {
    writer.write(number)
    writer.write(phase.rawValue)
    writer.write(deadline)
    for endpoint in [peer, client, local] { writer.write(endpoint) { $0.write($1) } }
    for count in [messages, bytes, replyBytes] { writer.write(count) }
    writer.write(activeAt)
    writer.write(lineFreeAt)
    for content in [preface, header, unsent] { writer.write(content) }
  }

  init(reading reader: inout StateReader) throws(StateError) {
    self.init(number: try reader.number())
    guard let phase = Phase(rawValue: try reader.number()) else { throw .invalid }
    self.phase = phase
    deadline = try reader.time()
    peer = try reader.optional { reader throws(StateError) in try reader.endpoint() }
    client = try reader.optional { reader throws(StateError) in try reader.endpoint() }
    local = try reader.optional { reader throws(StateError) in try reader.endpoint() }
    (messages, bytes, replyBytes) = (try reader.number(), try reader.number(), try reader.number())
    activeAt = try reader.time()
    lineFreeAt = PacedLine(freeAt: try reader.number()).freeAt
    preface = try reader.content(atMost: RestartState.byteLimit)
    header = try reader.content(atMost: RestartState.byteLimit)
    unsent = try reader.content(atMost: RestartState.byteLimit)
  }
}
