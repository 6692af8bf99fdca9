/// A kind of value in the configuration: its schema, how it is read and how it is written.
struct ValueKind<Value: Sendable>: Sendable {
  let schema: JSONValue
  /// The value, or `nil` after a report of what is wrong with it.
  let read: @Sendable (inout ConfigurationReader, ConfigurationValue) -> Value?
  /// The value as JSON; `nil` when its key is left out.
  let write: @Sendable (Value) -> JSONValue?
  /// The members that an object has only in listeners of one transport.
  var partialMembers: [PartialMember] = []
}

/// A member of an object in a listener that is only for one transport.
struct PartialMember: Sendable {
  let name: String
  let transport: Transport
}

extension ValueKind {
  /// For a property that is `nil` when its key is left out.
  var optional: ValueKind<Value?> {
    ValueKind<Value?>(
      schema: schema, read: { read(&$0, $1).map(Optional.some) }, write: { $0.flatMap(write) },
      partialMembers: partialMembers)
  }

  /// For a property that is `nil` when the file says `null`.
  var orNull: ValueKind<Value?> {
    ValueKind<Value?>(
      schema: ["oneOf": [["type": "null"], schema]],
      read: { reader, value in value.json == .null ? .some(nil) : read(&reader, value).map(Optional.some) },
      write: { $0.map(write) ?? .null }, partialMembers: partialMembers)
  }
}

extension ValueKind where Value == Int {
  /// A whole number; 5.0 is one as well.
  static func integer(_ what: String, in range: ClosedRange<Int>) -> ValueKind {
    let bounds = "\(range.lowerBound) to \(range.upperBound)"
    return ValueKind(
      schema: [
        "type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound),
      ],
      read: { reader, value in
        switch value.json {
        case .integer(let integer) where range.contains(integer): return integer
        case .number(let number):
          if let integer = Int(exactly: number), range.contains(integer) { return integer }
          let isWhole = number.rounded() == number
          reader.wrong(value, "\(what) (\(isWhole ? "" : "a whole number, ")\(bounds))")
        case .integer: reader.wrong(value, "\(what) (\(bounds))")
        default: reader.wrong(value, "\(what) (a number, \(bounds))")
        }
        return nil
      },
      write: JSONValue.integer)
  }
}

extension ValueKind where Value == Double {
  /// A share in percent, with any fraction.
  static let percent: ValueKind = {
    let range = 0.0...100.0
    return ValueKind(
      schema: ["type": "number", "minimum": 0, "maximum": 100],
      read: { reader, value in
        switch value.json {
        case .integer(let integer) where range.contains(Double(integer)): return Double(integer)
        case .number(let number) where range.contains(number): return number
        case .integer, .number: reader.wrong(value, "a percentage (0 to 100)")
        default: reader.wrong(value, "a percentage (a number, 0 to 100)")
        }
        return nil
      },
      write: { number in Int(exactly: number).map(JSONValue.integer) ?? .number(number) })
  }()
}

extension ValueKind where Value == UInt16 {
  /// A port; 0 lets the kernel choose.
  static let port: ValueKind = {
    let number = ValueKind<Int>.integer("a port", in: 0...Int(UInt16.max))
    return ValueKind(
      schema: number.schema, read: { number.read(&$0, $1).map(UInt16.init) }, write: { .integer(Int($0)) })
  }()
}

extension ValueKind where Value == Bool {
  static let bool = ValueKind(
    schema: ["type": "boolean"],
    read: { reader, value in
      if case .bool(let bool) = value.json { return bool }
      reader.wrong(value, "true or false")
      return nil
    },
    write: JSONValue.bool)
}

/// What is wrong with a value, as a message says it.
struct WrongValue: Error {
  let message: String
}

extension ValueKind {
  /// A string that is parsed; `what` names the expected value, for the error "X is not ...".
  static func parsed(
    _ what: String, _ schema: JSONValue, write: @escaping @Sendable (Value) -> String,
    _ parse: @escaping @Sendable (String) throws(WrongValue) -> Value
  ) -> ValueKind {
    ValueKind(
      schema: schema,
      read: { reader, value in
        guard let text = value.string else {
          reader.wrong(value, what)
          return nil
        }
        do throws(WrongValue) {
          return try parse(text)
        } catch {
          reader.report(value.path, error.message)
          return nil
        }
      },
      write: { .string(write($0)) })
  }
}

extension ValueKind where Value == String {
  static func string(_ what: String) -> ValueKind {
    parsed("\(what) (a string)", ["type": "string"], write: \.self) { $0 }
  }

  /// A name of at most `limit` bytes, without characters that would have to be quoted anywhere.
  static func name(_ what: String, upTo limit: Int, hint: String = "") -> ValueKind {
    let rule = "1 to \(limit) of the characters a-z, A-Z, 0-9, '.', '_' and '-'\(hint)"
    return parsed(
      "\(what) (a string of \(rule))",
      ["type": "string", "pattern": "^[A-Za-z0-9._-]+$", "minLength": 1, "maxLength": .integer(limit)],
      write: \.self
    ) { name throws(WrongValue) in
      let isRight = name.utf8.allSatisfy { isAlphanumeric($0, or: "._-") }
      guard isRight, (1...limit).contains(name.utf8.count) else {
        throw WrongValue(message: "\(quoted(name)) is not \(what) (\(rule))")
      }
      return name
    }
  }

  /// One word of a list.
  static func word(_ what: String, of list: [String]) -> ValueKind {
    let words = list.joined(separator: ", ")
    return parsed(
      "\(what) (one of the strings \(words))", ["enum": .array(list.map(JSONValue.string))], write: \.self
    ) { word throws(WrongValue) in
      if list.contains(word) { return word }
      let suggestion = nearestWord(to: word, in: list).map { "; did you mean \"\($0)\"?" } ?? ""
      throw WrongValue(message: "\(quoted(word)) is not \(what) (\(words))\(suggestion)")
    }
  }
}

extension ValueKind where Value: CaseIterable & RawRepresentable & Sendable, Value.RawValue == String {
  /// One word of an enumeration.
  static func word(_ what: String) -> ValueKind {
    let word = ValueKind<String>.word(what, of: Value.allCases.map(\.rawValue))
    return ValueKind(
      schema: word.schema, read: { word.read(&$0, $1).flatMap(Value.init) }, write: { .string($0.rawValue) })
  }
}

extension ValueKind where Value: Keyed {
  /// An object. In a listener it has the members of the listener's transport. Where it is one of several choices, the
  /// schema needs a description of its own.
  ///
  /// `check` reports what is wrong with members together, and returns whether nothing is. It is told which members are
  /// wrong by themselves.
  static func object(
    _ what: String, _ description: String? = nil,
    check: @escaping @Sendable (inout ConfigurationReader, ConfigurationObject, Value, Set<String>) -> Bool =
      {
        _, _, _, _ in true
      }
  ) -> ValueKind {
    ValueKind(
      schema: (description.map { ["description": .string($0)] } ?? [:]) + Value.schema,
      read: { reader, value in
        guard case .object(let members) = value.json else {
          reader.wrong(value, "\(what) (an object)")
          return nil
        }
        let object = ConfigurationObject(members, at: value.path)
        let areForeign = reader.reportWrongKeys(of: object, Value.self)
        var result = Value()
        let failed = reader.read(object, into: &result, Value.keys(for: reader.transport))
        let isRight = check(&reader, object, result, failed)
        return failed.isEmpty && !areForeign && isRight ? result : nil
      },
      write: { $0.json() },
      partialMembers: Value.keys.compactMap { key in
        key.transport.map { PartialMember(name: key.name, transport: $0) }
      })
  }
}
