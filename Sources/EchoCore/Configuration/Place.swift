/// Where a value stands in the file: how a message names the place, and which of two places comes first.
struct Place {
  /// `listeners[1].port`; empty for the whole file.
  let path: String
  /// The number of the member or element at each level, outermost first.
  let order: [Int]

  /// The whole file.
  static let file = Place(path: "", order: [])

  /// A member of the object here; `number` is its place among the members, a member that is not there comes last.
  func member(_ name: String, number: Int = .max) -> Place {
    let isPlain =
      (1...Limits.excerptCharacters).contains(name.utf8.count) && name.utf8.allSatisfy(Self.isPlain)
    let step = isPlain ? (path.isEmpty ? name : ".\(name)") : "[\(quoted(name))]"
    return Place(path: path + step, order: order + [number])
  }

  /// An element of the array here.
  func element(_ number: Int) -> Place {
    Place(path: "\(path)[\(number)]", order: order + [number])
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch Unicode.Scalar(byte) {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "-", "$": true
    default: false
    }
  }
}

/// A value and where it stands.
struct PlacedValue {
  let value: JSONValue
  let place: Place
}

/// An object whose members are found by their names.
struct PlacedObject {
  let place: Place
  /// In the file's order.
  let members: [(name: String, value: PlacedValue)]
  private let byName: [String: PlacedValue]

  init(_ members: [JSONValue.Member], at place: Place) {
    self.place = place
    self.members = members.enumerated().map { number, member in
      (member.name, PlacedValue(value: member.value, place: place.member(member.name, number: number)))
    }
    byName = Dictionary(self.members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// The member of that name, or `nil`.
  subscript(name: String) -> PlacedValue? { byName[name] }

  /// Where that member is, or would be.
  func place(of name: String) -> Place {
    self[name]?.place ?? place.member(name)
  }
}
