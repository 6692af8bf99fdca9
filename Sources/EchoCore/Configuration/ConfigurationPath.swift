/// Where a value is in the file: how a message names it, and which of two values comes first.
struct ConfigurationPath {
  /// `listeners[1].port`; empty for the whole file.
  let text: String
  /// The number of the member or element at each level, outermost first.
  let order: [Int]

  /// The whole file.
  static let file = ConfigurationPath(text: "", order: [])

  /// A member of the object here; `number` is its position in the object. A member that is missing comes last.
  func member(_ name: String, number: Int = .max) -> ConfigurationPath {
    let isPlain =
      (1...Limits.excerptCharacters).contains(name.utf8.count)
      && name.utf8.allSatisfy { isAlphanumeric($0, or: "_-$") }
    let step = isPlain ? (text.isEmpty ? name : ".\(name)") : "[\(quoted(name))]"
    return ConfigurationPath(text: text + step, order: order + [number])
  }

  /// An element of the array here.
  func element(_ number: Int) -> ConfigurationPath {
    ConfigurationPath(text: "\(text)[\(number)]", order: order + [number])
  }
}

/// A value in the file, with its path.
struct ConfigurationValue {
  let json: JSONValue
  let path: ConfigurationPath

  /// The string, or `nil` when it is something else.
  var string: String? {
    if case .string(let string) = json { string } else { nil }
  }
}

/// An object in the file, whose members are found by their names.
struct ConfigurationObject {
  let path: ConfigurationPath
  /// In the file's order.
  let members: [(name: String, value: ConfigurationValue)]
  private let byName: [String: ConfigurationValue]

  init(_ members: [JSONValue.Member], at path: ConfigurationPath) {
    self.path = path
    self.members = members.enumerated().map { number, member in
      (
        member.name,
        ConfigurationValue(json: member.value, path: path.member(member.name, number: number))
      )
    }
    byName = Dictionary(self.members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// The member of that name, or `nil`.
  subscript(name: String) -> ConfigurationValue? { byName[name] }

  /// Where that member is, or would be.
  func path(of name: String) -> ConfigurationPath {
    self[name]?.path ?? path.member(name)
  }
}
