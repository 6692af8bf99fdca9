/// A key of an object in the configuration: a row of the table that the reader, `echod show` and the schema use. The
/// manual is made from the schema.
struct Key<Owner: Sendable>: Sendable {
  let name: String
  /// The transport of the listeners that have the key; `nil` for both.
  let transport: Transport?
  /// Whether a changed value needs new sockets or queues. A reload applies any other key to the running queues.
  let isFixed: Bool
  /// The message for a missing key; `nil` for an optional one.
  let missing: String?
  /// The schema of the value.
  let schema: JSONValue
  /// Reads a value into its owner and returns whether it is valid.
  let read: @Sendable (inout ConfigurationReader, ConfigurationValue, inout Owner) -> Bool
  /// Sets the default where it depends on other keys.
  let fillIn: (@Sendable (inout Owner) -> Void)?
  /// The value as JSON; `nil` when the key is left out.
  let write: @Sendable (Owner) -> JSONValue?
  /// The members of its value that are only for one transport.
  let partialMembers: [PartialMember]

  /// A key whose value is a property. Its default is the property's own unless it depends on other keys (`fallback`).
  init<Value>(
    _ name: String, for transport: Transport? = nil,
    _ property: any WritableKeyPath<Owner, Value> & Sendable, _ kind: ValueKind<Value>,
    fixed: Bool = false, missing: String? = nil, default fallback: (@Sendable (Owner) -> Value)? = nil,
    _ description: String
  ) {
    self.name = name
    self.transport = transport
    self.isFixed = fixed
    self.missing = missing
    partialMembers = kind.partialMembers
    schema = ["description": .string(description)] + kind.schema
    read = { reader, value, owner in
      guard let value = kind.read(&reader, value) else { return false }
      owner[keyPath: property] = value
      return true
    }
    fillIn = if let fallback { { $0[keyPath: property] = fallback($0) } } else { nil }
    write = { owner in
      let json = kind.write(owner[keyPath: property])
      // A null is left out where it is the default.
      if json == .null, let fallback, kind.write(fallback(owner)) == .null { return nil }
      return json
    }
  }
}

extension Key {
  /// The members of its value that a listener of that transport cannot have.
  func members(notFor transport: Transport?) -> [String] {
    partialMembers.filter { transport != nil && $0.transport != transport }.map(\.name)
  }

  /// Whether two objects have the same value for this key.
  func isEqual(in one: Owner, _ other: Owner) -> Bool { write(one) == write(other) }
}

/// An object of the configuration, with a table of its keys.
protocol Keyed: Sendable {
  /// The keys, in the order in which they are documented and written.
  static var keys: [Key<Self>] { get }

  /// Makes an object with every key left out.
  init()
}

extension Keyed {
  /// The object as JSON, with defaults filled in. For a given transport, it has only what fits it.
  func json(for transport: Transport? = nil) -> JSONValue {
    .object(
      Self.keys(for: transport).compactMap { key in
        key.write(self).map { JSONValue.Member(key.name, $0.without(key.members(notFor: transport))) }
      })
  }

  /// The keys in a listener of that transport; all keys when it is not known.
  static func keys(for transport: Transport?) -> [Key<Self>] {
    keys.filter { $0.transport == nil || transport == nil || $0.transport == transport }
  }

  /// The schema of the object.
  static var schema: JSONValue {
    let initial = Self()
    let properties = keys.map { key in
      let isFixed = key.missing == nil && key.fillIn == nil
      let value = isFixed ? key.write(initial) : nil
      return JSONValue.Member(key.name, key.schema + (value.map { ["default": $0] } ?? [:]))
    }
    let required = keys.filter { $0.missing != nil }.map { JSONValue.string($0.name) }
    return ["type": "object", "properties": .object(properties)]
      + (required.isEmpty ? [:] : ["required": .array(required)])
      + ["additionalProperties": .bool(false)]
  }
}

extension JSONValue {
  /// An object without these members; any other value as it is.
  fileprivate func without(_ names: [String]) -> JSONValue {
    guard case .object(let members) = self, !names.isEmpty else { return self }
    return .object(members.filter { !names.contains($0.name) })
  }
}

extension ConfigurationReader {
  /// Reports the members of an object that are unknown, or not for its listener's transport. Returns whether there are
  /// any for the other transport.
  mutating func reportWrongKeys<Owner: Keyed>(of object: ConfigurationObject, _: Owner.Type) -> Bool {
    let listed = Owner.keys(for: transport).map(\.name)
    reportUnknownKeys(of: object, known: Owner.keys.map(\.name), listed: listed)
    var areForeign = false
    for key in Owner.keys where !listed.contains(key.name) {
      guard let transport, let other = key.transport, let value = object[key.name] else { continue }
      report(
        value.path, "this key is for \(other.rawValue), but the listener's transport is \(transport.rawValue)"
      )
      areForeign = true
    }
    return areForeign
  }

  /// Reads the members of an object into its owner, and returns the keys whose values are wrong or missing.
  mutating func read<Owner: Keyed>(
    _ object: ConfigurationObject, into owner: inout Owner, _ keys: [Key<Owner>] = Owner.keys
  ) -> Set<String> {
    var failed: Set<String> = []
    for key in keys {
      if let value = object[key.name] {
        if !key.read(&self, value, &owner) { failed.insert(key.name) }
      } else if let missing = key.missing {
        report(object.path(of: key.name), "missing; \(missing)")
        failed.insert(key.name)
      }
    }
    for key in keys where object[key.name] == nil { key.fillIn?(&owner) }
    return failed
  }
}
