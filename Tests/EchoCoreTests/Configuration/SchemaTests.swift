import Testing

@testable import EchoCore

@Suite("The schema")
struct SchemaTests {
  private let schema: JSONValue
  private let listener: JSONValue

  init() throws {
    schema = try ProjectFiles.schema()
    listener = try #require(schema["$defs"]?["listener"])
  }

  @Test("has the reader's keys in the reader's order")
  func keys() {
    #expect(schema["properties"]?.names == ["$schema", "admin", "drainSeconds", "listeners"])
    #expect(schema["required"] == .array([.string("listeners")]))
    #expect(listener["properties"]?.names == ListenerKey.allCases.map(\.rawValue))
    #expect(listener["required"] == .array([.string("transport"), .string("port")]))
    #expect(schema["$defs"]?["adminTCP"]?["properties"]?.names == ["address", "port"])
    #expect(schema["$defs"]?["adminUnix"]?["properties"]?.names == ["unix"])
  }

  @Test("takes no other key in any object that it describes")
  func closed() {
    func objects(in value: JSONValue) -> [JSONValue] {
      switch value {
      case .object(let members):
        (value["type"] == .string("object") ? [value] : []) + members.flatMap { objects(in: $0.value) }
      case .array(let elements): elements.flatMap(objects)
      default: []
      }
    }
    #expect(objects(in: schema).count == 5)
    #expect(objects(in: schema).allSatisfy { $0["additionalProperties"] == .bool(false) })
  }

  @Test("forbids each transport the keys of the other", arguments: Transport.allCases)
  func transports(transport: Transport) throws {
    guard case .array(let rules) = listener["allOf"] else {
      Issue.record("no rules")
      return
    }
    let rule = try #require(
      rules.first { $0["if"]?["properties"]?["transport"]?["const"] == .string(transport.rawValue) })
    let forbidden = try #require(rule["then"]?["properties"])
    let others = ListenerKey.allCases.filter { $0.transport != nil && $0.transport != transport }
    #expect(forbidden == .object(others.map { JSONValue.Member($0.rawValue, .bool(false)) }))
  }

  @Test("lists the services and the transports")
  func words() {
    let properties = listener["properties"]
    #expect(properties?["service"]?["enum"] == .array(Service.all.map { .string($0.name) }))
    #expect(properties?["transport"]?["enum"] == .array(Transport.allCases.map { .string($0.rawValue) }))
  }

  @Test("states the limits")
  func limits() {
    func expect(
      _ value: JSONValue?, _ bounds: (String, Int)..., at location: SourceLocation = #_sourceLocation
    ) {
      for (name, bound) in bounds { #expect(value?[name] == .integer(bound), sourceLocation: location) }
    }
    let properties = listener["properties"]
    expect(schema["properties"]?["drainSeconds"], ("minimum", 0), ("maximum", Limits.drainSeconds))
    expect(schema["properties"]?["listeners"], ("minItems", 1), ("maxItems", Limits.listeners))
    expect(schema["$defs"]?["port"], ("minimum", 0), ("maximum", Int(UInt16.max)))
    expect(schema["$defs"]?["adminUnix"]?["properties"]?["unix"], ("maxLength", Limits.unixPathBytes))
    expect(properties?["name"], ("minLength", 1), ("maxLength", Limits.nameBytes))
    expect(properties?["queues"], ("minimum", 1), ("maximum", Limits.queues))
    expect(properties?["allow"], ("minItems", 1), ("maxItems", Limits.prefixes))
    for key in ["perSecond", "burst"] {
      expect(schema["$defs"]?["rateLimit"]?["properties"]?[key], ("minimum", 1), ("maximum", Limits.rate))
    }
    let sizes = Limits.socketBufferBytes
    expect(properties?["receiveBufferBytes"], ("minimum", sizes.lowerBound), ("maximum", sizes.upperBound))
    expect(properties?["sendBufferBytes"], ("minimum", sizes.lowerBound), ("maximum", sizes.upperBound))
    expect(properties?["backlog"], ("minimum", 1), ("maximum", Limits.backlog))
    expect(properties?["maxConnections"], ("minimum", 1), ("maximum", Limits.connections))
    expect(properties?["maxConnectionsPerClient"], ("minimum", 1), ("maximum", Limits.connections))
    expect(properties?["idleTimeoutSeconds"], ("minimum", 0), ("maximum", Limits.idleTimeoutSeconds))
    let queues = properties?["queues"]?["description"]
    #expect(queues?.excerpt.isEmpty == false && queues?.text().contains(" \(Limits.totalQueues).") == true)
  }

  @Test("states the defaults that the reader fills in")
  func defaults() throws {
    let file = #"{"listeners": [{"transport": "udp", "port": 0}, {"transport": "tcp", "port": 0}]}"#
    let effective = try Configuration.read(Array(file.utf8)).json
    for key in ["admin", "drainSeconds"] {
      #expect(schema["properties"]?[key]?["default"] == effective[key])
    }
    let admin = schema["$defs"]?["adminTCP"]?["properties"]
    #expect(admin?["address"]?["default"] == effective["admin"]?["address"])
    #expect(admin?["port"]?["default"] == effective["admin"]?["port"])
    guard case .array(let listeners) = effective["listeners"] else {
      Issue.record("no listeners")
      return
    }
    for key in ListenerKey.allCases.map(\.rawValue) where !["name", "transport", "port"].contains(key) {
      let written = listeners.compactMap { $0[key] }.first
      #expect(listener["properties"]?[key]?["default"] == written, "\(key)")
    }
  }

  @Test("describes every key")
  func descriptions() {
    for properties in [schema["properties"], listener["properties"]] {
      for name in properties?.names ?? [] {
        #expect(properties?[name]?["description"] != nil, "\(name)")
      }
    }
  }
}
