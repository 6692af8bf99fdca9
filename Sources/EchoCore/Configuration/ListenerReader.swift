/// What is known of a listener before the whole file is checked.
struct ListenerDraft {
  let object: ConfigurationObject
  /// Its values, with defaults for those that are missing or wrong.
  var values = ListenerConfiguration()
  /// Its name, unless that is wrong or depends on a wrong value.
  var name: String?
  /// The socket to bind; `nil` when the kernel chooses the port, or a value is wrong.
  var socket: BoundAddress?
}

extension ValueKind where Value == [ListenerConfiguration] {
  static let listeners = ValueKind(
    schema: [
      "type": "array", "minItems": 1, "maxItems": .integer(Limits.listeners),
      "items": ListenerConfiguration.schema + [
        "allOf": .array(
          Transport.allCases.map(ListenerConfiguration.foreignKeysRule)
            + [ListenerConfiguration.zoneRule, ListenerConfiguration.stampRule])
      ],
    ],
    read: { reader, value in
      let elements = reader.elements(value, "a list of listeners", in: 1...Limits.listeners)
      return elements?.map { reader.readListener($0) }
    },
    write: { .array($0.map { $0.json(for: $0.transport) }) })
}

extension ListenerConfiguration {
  /// The schema's rule that a link-local address has a zone, or an interface.
  fileprivate static let zoneRule: JSONValue = [
    "if": [
      "properties": ["address": ["type": "string", "pattern": "^[Ff][Ee][89ABab][0-9A-Fa-f]:[^%]*$"]],
      "required": ["address"],
    ],
    "then": ["properties": ["interface": ["type": "string"]], "required": ["interface"]],
  ]

  /// The schema's rule that a listener has no key of the other transport, nor a member of a key's value.
  fileprivate static func foreignKeysRule(_ transport: Transport) -> JSONValue {
    let foreign = keys.compactMap { key -> JSONValue.Member? in
      if let own = key.transport, own != transport { return .init(key.name, false) }
      let members = key.members(notFor: transport)
      return members.isEmpty
        ? nil : .init(key.name, ["properties": .object(members.map { .init($0, false) })])
    }
    return [
      "if": [
        "properties": ["transport": ["const": .string(transport.rawValue)]], "required": ["transport"],
      ],
      "then": ["properties": .object(foreign)],
    ]
  }
}

extension ConfigurationReader {
  fileprivate mutating func readListener(_ value: ConfigurationValue) -> ListenerConfiguration {
    guard case .object(let members) = value.json else {
      wrong(value, "a listener (an object)")
      drafts.append(ListenerDraft(object: ConfigurationObject([], at: value.path)))
      return ListenerConfiguration()
    }
    var draft = ListenerDraft(object: ConfigurationObject(members, at: value.path))
    let failed = read(&draft)
    if !failed.contains("transport"),
      let problem = Service.named(draft.values.service)?.problem(over: draft.values.transport)
    {
      report(draft.object.path(of: "service"), problem)
    }
    reportWrongZone(of: draft, failed: failed)
    reportWrongStamp(of: draft, failed: failed)
    let named = draft.object["name"] == nil ? ["transport", "port", "service"] : ["name"]
    if failed.isDisjoint(with: named) { draft.name = draft.values.name }
    if failed.isDisjoint(with: ["transport", "address", "port", "interface"]) {
      draft.socket = BoundAddress(of: draft.values)
    }
    drafts.append(draft)
    return draft.values
  }

  /// Reads the keys of a listener, its transport first, and returns those whose values are wrong or missing.
  private mutating func read(_ draft: inout ListenerDraft) -> Set<String> {
    let isTransport = { @Sendable (key: Key<ListenerConfiguration>) in key.name == "transport" }
    var failed = read(draft.object, into: &draft.values, ListenerConfiguration.keys.filter(isTransport))
    transport = failed.isEmpty ? draft.values.transport : nil
    defer { transport = nil }
    _ = reportWrongKeys(of: draft.object, ListenerConfiguration.self)
    let others = ListenerConfiguration.keys(for: transport).filter { !isTransport($0) }
    failed.formUnion(read(draft.object, into: &draft.values, others))
    return failed
  }

  private mutating func reportWrongZone(of draft: ListenerDraft, failed: Set<String>) {
    let (address, interface) = (draft.values.zonedAddress, draft.values.interface)
    guard failed.isDisjoint(with: ["address", "interface"]) else { return }
    if let zone = address.zone, let interface, interface != zone {
      report(
        draft.object.path(of: "interface"),
        "\(quoted(interface)) is not the zone of the address (\(quoted(zone))); leave one of them out")
    } else if address.lacksZone, interface == nil {
      report(
        draft.object.path(of: "address"),
        "\"\(address)\" is a link-local address, which is valid on one interface only; add its zone, as in "
          + "\"\(address)%eth0\", or an \"interface\"")
    }
  }
}
