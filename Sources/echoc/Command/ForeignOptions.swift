/// The options of ping(8) that `echoc ping` does not have, so that they are refused by their own name.
enum ForeignOptions {
  /// Why the arguments of the program cannot be used; `nil` if they have no such option. The short options must have
  /// been separated by ``ShortOptions/separated(_:)``.
  static func problem(in arguments: some Sequence<String>) -> String? {
    var arguments = arguments.makeIterator()
    guard arguments.next() == "ping", let known = ShortOptions.commands["ping"] else { return nil }
    while let argument = arguments.next(), argument != "--" {
      guard argument.hasPrefix("-"), !argument.hasPrefix("--") else { continue }
      guard let letter = argument.dropFirst().first else { continue }
      // What follows is its value, even if that is a hyphen.
      if known.withValue.contains(letter), argument.count == 2 { _ = arguments.next() }
      if let advice = advice[letter] { return "echoc ping has no -\(letter): \(advice)" }
      if without.contains(letter) { return "echoc ping has no -\(letter)" }
    }
    return nil
  }

  /// Those for which echoc has nothing.
  private static let without = "3abBCdeFHLmNOrRSTU"
  /// What echoc has instead of the others.
  private static let advice: [Character: String] = [
    "A": "-f sends as fast as replies come",
    "l": "echoc bench -p has several messages in flight",
    "p": "the bytes of a message are fixed, so that each reply can be checked",
    "v": "echoc always reports errors",
    "V": "use echoc --version",
  ]
}
