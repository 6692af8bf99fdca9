import Addresses

/// A listener as it is read: what is known of it while the file may still be refused.
struct ListenerDraft {
  /// As it stands in the file.
  var object: PlacedObject
  /// Its values, with defaults where one is missing or was reported.
  var values: ListenerConfiguration
  /// Its name, unless that was reported or depends on what was.
  var name: String?
  /// Where it would be bound, unless that was reported.
  var endpoint: Endpoint?
}

extension ConfigurationReader {
  /// A listener, with every optional value at its default where the file says nothing.
  mutating func readListener(_ value: PlacedValue) -> ListenerDraft {
    guard case .object(let members) = value.value else {
      wrong(value, "a listener (an object)")
      return makeDraft(PlacedObject([], at: value.place), nil, nil, nil, nil)
    }
    let object = PlacedObject(members, at: value.place)
    let transport = required(.transport, in: object, "udp or tcp").flatMap { readTransport($0) }
    reportWrongKeys(of: object, transport: transport)
    let address = object[.address].map { readAddress($0) } ?? ListenerConfiguration.defaultAddress
    let port = required(.port, in: object, "a port (0 to 65535)").flatMap { readPort($0) }
    let service =
      object[.service].map { word($0, "a service", of: Service.all.map(\.name)) }
      ?? ListenerConfiguration.defaultService
    var draft = makeDraft(object, transport, address, port, service)
    readCommon(&draft)
    if transport != .tcp { readDatagram(&draft) }
    if transport != .udp { readConnection(&draft) }
    return draft
  }

  private func makeDraft(
    _ object: PlacedObject, _ transport: Transport?, _ address: IPAddress?, _ port: UInt16?,
    _ service: String?
  ) -> ListenerDraft {
    let values = ListenerConfiguration(
      name: "", transport: transport ?? .udp, address: address ?? ListenerConfiguration.defaultAddress,
      port: port ?? 0, service: service ?? ListenerConfiguration.defaultService)
    var draft = ListenerDraft(object: object, values: values)
    if let transport, let port, let service {
      draft.name = ListenerConfiguration.defaultName(service: service, transport: transport, port: port)
    }
    if transport != nil, let address, let port {
      draft.endpoint = Endpoint(address: address, port: port)
    }
    return draft
  }

  private mutating func required(_ key: ListenerKey, in object: PlacedObject, _ what: String) -> PlacedValue?
  {
    if object[key] == nil { report(object.place(of: key), "missing; a listener needs \(what)") }
    return object[key]
  }

  private mutating func readTransport(_ value: PlacedValue) -> Transport? {
    word(value, "a transport", of: Transport.allCases.map(\.rawValue)).flatMap(Transport.init)
  }

  private mutating func reportWrongKeys(of object: PlacedObject, transport: Transport?) {
    let known = ListenerKey.allCases.map(\.rawValue)
    let listed = ListenerKey.keys(for: transport).map(\.rawValue)
    reportUnknownKeys(of: object, known: known, listed: listed)
    guard let transport else { return }
    for key in ListenerKey.allCases where !listed.contains(key.rawValue) {
      guard let value = object[key], let other = key.transport else { continue }
      report(value.place, "a key for \(other.rawValue); this listener's transport is \(transport.rawValue)")
    }
  }

  private mutating func readCommon(_ draft: inout ListenerDraft) {
    if let value = draft.object[.name] { draft.name = readName(value) }
    draft.values.name = draft.name ?? ""
    read(.queues, "a number of queues", in: 1...Limits.queues, into: \.queues, of: &draft)
    if let allow = draft.object[.allow].flatMap({ readPrefixes($0) }) { draft.values.allow = allow }
  }

  private mutating func readDatagram(_ draft: inout ListenerDraft) {
    let isPublic = draft.values.isPublic
    draft.values.rateLimit = readLimit(.rateLimit, of: draft, otherwise: isPublic ? .standard : nil)
    draft.values.totalRateLimit = readLimit(
      .totalRateLimit, of: draft, otherwise: isPublic ? .standardTotal : nil)
    if let answer = draft.object[.answerLowPorts].flatMap({ bool($0) }) {
      draft.values.answerLowPorts = answer
    }
    let (size, range) = ("a buffer size in bytes", Limits.socketBufferBytes)
    draft.values.receiveBufferBytes = draft.object[.receiveBufferBytes].flatMap {
      integer($0, size, in: range)
    }
    draft.values.sendBufferBytes = draft.object[.sendBufferBytes].flatMap { integer($0, size, in: range) }
  }

  private mutating func readConnection(_ draft: inout ListenerDraft) {
    let connections = "a number of connections"
    read(.backlog, connections, in: 1...Limits.backlog, into: \.backlog, of: &draft)
    read(.maxConnections, connections, in: 1...Limits.connections, into: \.maxConnections, of: &draft)
    draft.values.maxConnectionsPerClient = draft.object[.maxConnectionsPerClient].flatMap {
      integer($0, connections, in: 1...Limits.connections)
    }
    read(
      .idleTimeoutSeconds, "a time in seconds", in: 0...Limits.idleTimeoutSeconds, into: \.idleTimeoutSeconds,
      of: &draft)
    if let close = draft.object[.closeAfterReply].flatMap({ bool($0) }) {
      draft.values.closeAfterReply = close
    }
  }

  /// Reads a number if it is there, and leaves the default otherwise.
  private mutating func read(
    _ key: ListenerKey, _ what: String, in range: ClosedRange<Int>,
    into value: WritableKeyPath<ListenerConfiguration, Int>, of draft: inout ListenerDraft
  ) {
    guard let integer = draft.object[key].flatMap({ integer($0, what, in: range) }) else { return }
    draft.values[keyPath: value] = integer
  }

  private mutating func readName(_ value: PlacedValue) -> String? {
    let rule = "1 to \(Limits.nameBytes) of the characters a-z, A-Z, 0-9, '.', '_' and '-'"
    guard let name = string(value) else {
      wrong(value, "a name (a string of \(rule))")
      return nil
    }
    let isRight = name.utf8.allSatisfy { byte in
      switch Unicode.Scalar(byte) {
      case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": true
      default: false
      }
    }
    guard isRight, (1...Limits.nameBytes).contains(name.utf8.count) else {
      report(value.place, "\(quoted(name)) is not a name (\(rule))")
      return nil
    }
    return name
  }

  private mutating func readLimit(
    _ key: ListenerKey, of draft: ListenerDraft, otherwise standard: RateLimit?
  ) -> RateLimit? {
    guard let value = draft.object[key] else { return standard }
    return value.value == .null ? nil : readRateLimit(value)
  }

  private mutating func readRateLimit(_ value: PlacedValue) -> RateLimit? {
    guard let object = object(value, "a rate limit or null", keys: ["perSecond", "burst"]) else { return nil }
    func missing(_ key: String) -> Bool { object[key] == nil }
    for key in ["perSecond", "burst"] where missing(key) {
      report(object.place(of: key), "missing; a rate limit has both perSecond and burst")
    }
    let rate = object["perSecond"].flatMap {
      integer($0, "a number of replies a second", in: 1...Limits.rate)
    }
    let burst = object["burst"].flatMap { integer($0, "a number of replies", in: 1...Limits.rate) }
    guard let rate, let burst else { return nil }
    return RateLimit(perSecond: rate, burst: burst)
  }
}
