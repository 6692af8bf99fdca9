import Foundation

/// What a page says that a command prints. `...` stands for what was left out: on a line of its own for any number of
/// lines, within a line for any characters. How many spaces there are does not count.
enum Printed {
  /// Whether a command printed these lines.
  static func matches(_ text: String, _ expected: [String]) -> Bool {
    var lines = text.components(separatedBy: "\n")
    if lines.last == "" { lines.removeLast() }
    let parts = expected.split(omittingEmptySubsequences: false) { $0 == "..." }
    return consists(lines, of: parts) { matches(line: $0, $1) }
  }

  /// Whether a line is this one of the page.
  static func matches(line: String, _ expected: String) -> Bool {
    let parts = normalized(expected).components(separatedBy: "...").map { Array($0)[...] }
    return consists(Array(normalized(line)), of: parts) { $0 == $1 }
  }

  private static func normalized(_ line: String) -> String {
    line.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
  }

  /// Whether the elements are these parts with anything in between; the first part is their beginning, the last their
  /// end. A part that is found as early as possible leaves the most room for those after it.
  private static func consists<Element>(
    _ elements: [Element], of parts: [ArraySlice<Element>], where isSame: (Element, Element) -> Bool
  ) -> Bool {
    func begins(_ rest: ArraySlice<Element>, with part: ArraySlice<Element>) -> Bool {
      rest.count >= part.count && zip(rest, part).allSatisfy(isSame)
    }
    guard let first = parts.first, begins(elements[...], with: first) else { return false }
    var rest = elements.dropFirst(first.count)
    guard let last = parts.dropFirst().last else { return rest.isEmpty }
    for part in parts.dropFirst().dropLast() {
      while !begins(rest, with: part) {
        if rest.isEmpty { return false }
        rest = rest.dropFirst()
      }
      rest = rest.dropFirst(part.count)
    }
    return rest.count >= last.count && begins(rest.suffix(last.count), with: last)
  }
}
