import Addresses

// How values of one kind are read: each function answers nil after it has reported what is wrong.

extension ConfigurationReader {
  /// Reports a value that is not what it should be.
  mutating func wrong(_ value: PlacedValue, _ what: String) {
    report(value.place, "\(value.value.excerpt) is not \(what)")
  }

  /// An object that has none but these keys.
  mutating func object(_ value: PlacedValue, _ what: String, keys: [String]) -> PlacedObject? {
    guard case .object(let members) = value.value else {
      wrong(value, "\(what) (an object)")
      return nil
    }
    let object = PlacedObject(members, at: value.place)
    reportUnknownKeys(of: object, known: keys, listed: keys)
    return object
  }

  /// Reports the members of an object that are not known, and lists those that are right there.
  mutating func reportUnknownKeys(of object: PlacedObject, known: [String], listed: [String]) {
    for (name, value) in object.members where !known.contains(name) {
      let list = listed.joined(separator: ", ")
      let nearest = nearestWord(to: name, in: listed).map { "did you mean \"\($0)\"? The" } ?? "the"
      report(value.place, "unknown key; \(nearest) keys here are \(list)")
    }
  }

  /// The elements of an array of a right length.
  mutating func elements(_ value: PlacedValue, _ what: String, in range: ClosedRange<Int>) -> [PlacedValue]? {
    guard case .array(let elements) = value.value else {
      wrong(value, "\(what) (an array)")
      return nil
    }
    guard range.contains(elements.count) else {
      let count = elements.isEmpty ? "none" : "\(elements.count)"
      report(
        value.place, "\(what) has \(range.lowerBound) to \(range.upperBound) elements, this one \(count)")
      return nil
    }
    return elements.enumerated().map { number, element in
      PlacedValue(value: element, place: value.place.element(number))
    }
  }

  /// A whole number; 5.0 is one too.
  mutating func integer(_ value: PlacedValue, _ what: String, in range: ClosedRange<Int>) -> Int? {
    let bounds = "\(range.lowerBound) to \(range.upperBound)"
    switch value.value {
    case .integer(let integer) where range.contains(integer): return integer
    case .number(let number):
      if let integer = Int(exactly: number), range.contains(integer) { return integer }
      wrong(value, "\(what) (\(number.rounded() == number ? "" : "a whole number, ")\(bounds))")
    case .integer: wrong(value, "\(what) (\(bounds))")
    default: wrong(value, "\(what) (a number, \(bounds))")
    }
    return nil
  }

  /// `true` or `false`.
  mutating func bool(_ value: PlacedValue) -> Bool? {
    if case .bool(let bool) = value.value { return bool }
    wrong(value, "true or false")
    return nil
  }

  /// A string, without a report when it is none.
  func string(_ value: PlacedValue) -> String? {
    if case .string(let string) = value.value { string } else { nil }
  }

  /// One word of a list.
  mutating func word(_ value: PlacedValue, _ what: String, of list: [String]) -> String? {
    let words = list.joined(separator: ", ")
    guard let word = string(value) else {
      wrong(value, "\(what) (one of the strings \(words))")
      return nil
    }
    if list.contains(word) { return word }
    report(value.place, "\(quoted(word)) is not \(what) (\(words))\(suggestion(word, list))")
    return nil
  }

  private func suggestion(_ word: String, _ list: [String]) -> String {
    nearestWord(to: word, in: list).map { "; did you mean \"\($0)\"?" } ?? ""
  }

  /// A port; 0 lets the kernel choose.
  mutating func readPort(_ value: PlacedValue) -> UInt16? {
    integer(value, "a port", in: 0...Int(UInt16.max)).map(UInt16.init)
  }
}
