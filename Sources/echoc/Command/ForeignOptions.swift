/// The options of ping(8) that `echoc ping` does not have, so that they are refused by their own name.
enum ForeignOptions {
  /// Why the arguments of the program cannot be carried out; `nil` when they have no such option.
  static func problem(in arguments: some Sequence<String>) -> String? {
    var arguments = arguments.makeIterator()
    guard arguments.next() == "ping" else { return nil }
    while let argument = arguments.next(), argument != "--" {
      // What follows is the value of an option, though it can begin with a hyphen.
      if Self.withValue.contains(argument) { _ = arguments.next() }
      guard argument.hasPrefix("-"), !argument.hasPrefix("--") else { continue }
      guard let letter = argument.dropFirst().first else { continue }
      if let advice = advice[letter] { return "echoc ping has no -\(letter): \(advice)" }
      if without.contains(letter) { return "echoc ping has no -\(letter)" }
    }
    return nil
  }

  private static let withValue: Set<String> = ["-c", "-i", "-s", "-W"]

  /// Those for which echoc has nothing.
  private static let without = "3abBCdDeFHLmMNOQrRStTU"
  /// What echoc has instead of the others.
  private static let advice: [Character: String] = [
    "A": "echoc bench sends as fast as replies come",
    "f": "echoc bench sends as fast as replies come",
    "I": "the zone of a link-local address names its interface, as in udp://[fe80::1%eth0]:7",
    "l": "echoc bench -p has several messages in flight",
    "n": "echoc always shows addresses",
    "p": "the bytes of a message are fixed, so that each reply can be checked",
    "q": "--json prints only the summary",
    "v": "echoc always reports errors",
    "V": "use echoc --version",
    "w": "use -c and -i, or timeout(1)",
  ]
}
