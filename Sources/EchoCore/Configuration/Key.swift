/// A key of an object in the configuration, in one row: its name, its value and what the schema says of it.
///
/// The reader, `echod show` and the schema go through an object's rows; the manual follows from the schema.
struct Key<Owner: Sendable>: Sendable {
  /// What becomes of a value that was read: whether it was right.
  typealias Read = @Sendable (inout ConfigurationReader, ConfigurationValue, inout Owner) -> Bool

  let name: String
  /// The transport of the listeners that have it; `nil` for both.
  private(set) var transport: Transport?
  /// What a message says when a required key is missing; `nil` for an optional key.
  private(set) var missing: String?
  /// What the schema says of the value.
  let schema: JSONValue
  let read: Read
  /// Sets the value of a key that is left out, where its default depends on other keys.
  private(set) var fillIn: (@Sendable (inout Owner) -> Void)?
  /// The value as a file would have it; `nil` when the key would be left out.
  let write: @Sendable (Owner) -> JSONValue?

  /// A key whose value is a property.
  ///
  /// - Parameters:
  ///   - missing: what is missing without it, as a clause; a key is optional by default.
  ///   - fallback: the default, where it depends on other keys; otherwise it is the property's own.
  init<Value>(
    _ name: String, for transport: Transport? = nil,
    _ property: any WritableKeyPath<Owner, Value> & Sendable, _ kind: ValueKind<Value>,
    missing: String? = nil,
    default fallback: (@Sendable (Owner) -> Value)? = nil, _ description: String
  ) {
    self.init(name, for: transport, property, kind, description) { kind.write($0[keyPath: property]) }
    self.missing = missing
    if let fallback { fillIn = { $0[keyPath: property] = fallback($0) } }
  }

  /// A key whose value is `nil` unless the file says otherwise; it is written only when it says so.
  init<Value>(
    _ name: String, for transport: Transport? = nil,
    _ property: any WritableKeyPath<Owner, Value?> & Sendable, _ kind: ValueKind<Value>, _ description: String
  ) {
    self.init(name, for: transport, property, kind.optional, description) {
      $0[keyPath: property].map(kind.write)
    }
  }

  /// A key that can be `null`, whose default depends on other keys. A `null` that is the default is not written.
  init<Value>(
    _ name: String, for transport: Transport? = nil,
    _ property: any WritableKeyPath<Owner, Value?> & Sendable, orNull kind: ValueKind<Value>,
    default fallback: @escaping @Sendable (Owner) -> Value?, _ description: String
  ) {
    self.init(name, for: transport, property, kind.orNull, description) {
      $0[keyPath: property].map(kind.write) ?? (fallback($0) == nil ? nil : .null)
    }
    fillIn = { $0[keyPath: property] = fallback($0) }
  }

  private init<Value>(
    _ name: String, for transport: Transport?, _ property: any WritableKeyPath<Owner, Value> & Sendable,
    _ kind: ValueKind<Value>, _ description: String, write: @escaping @Sendable (Owner) -> JSONValue?
  ) {
    self.name = name
    self.transport = transport
    schema = ["description": .string(description)] + kind.schema
    read = { reader, value, owner in
      guard let value = kind.read(&reader, value) else { return false }
      owner[keyPath: property] = value
      return true
    }
    self.write = write
  }

  /// A key that is checked and otherwise ignored.
  init(ignored name: String, _ kind: ValueKind<String>, _ description: String) {
    self.name = name
    schema = ["description": .string(description)] + kind.schema
    read = { reader, value, _ in kind.read(&reader, value) != nil }
    write = { _ in nil }
  }
}

/// What a configuration's object is read into, and written from.
protocol Keyed: Sendable {
  /// The keys, in the order in which they are documented and written.
  static var keys: [Key<Self>] { get }

  /// Every key left out.
  init()
}

extension Keyed {
  /// The object as a file would have it, defaults filled in.
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
  /// Reads an object's members into their owner and returns the keys whose values are wrong or missing.
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
