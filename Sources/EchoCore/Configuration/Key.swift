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
  /// The object as JSON, with defaults filled in.
  func json(_ keys: [Key<Self>] = keys) -> JSONValue {
    .object(keys.compactMap { key in key.write(self).map { JSONValue.Member(key.name, $0) } })
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

extension ConfigurationReader {
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
