/// Short options as getopt(3) reads them: `-qn` is `-q -n`, `-c5` is `-c 5`, and `-qc5` is `-q -c 5`. The argument
/// parser gets each of them as an argument of its own. A value that begins with a hyphen follows an equals sign.
enum ShortOptions {
  /// The short options of a command.
  struct Letters: Hashable {
    /// Those without a value.
    var flags: Set<Character>
    /// Those with one.
    var withValue: Set<Character>

    init(_ flags: String, withValue: String) {
      (self.flags, self.withValue) = (Set(flags), Set(withValue))
    }
  }

  /// The commands, by name.
  static let commands = [
    "talk": Letters("46h", withValue: ""),
    "ping": Letters("46fqDnh", withValue: "cisWwItQM"),
    "bench": Letters("46h", withValue: "cspd"),
    "identify": Letters("46h", withValue: ""),
    "mtu": Letters("46h", withValue: "W"),
  ]

  /// The arguments of the program, with their short options separated. What follows `--`, and options that the command
  /// does not have, stay as they are.
  static func separated(_ arguments: some Sequence<String>) -> [String] {
    var rest = Array(arguments)[...]
    guard let name = rest.first, let letters = commands[name] else { return Array(rest) }
    var result = [rest.removeFirst()]
    while let argument = rest.popFirst() {
      if argument == "--" { return result + [argument] + rest }
      result += separated(argument, letters, &rest)
    }
    return result
  }

  /// One argument, with its value from the next one if need be.
  private static func separated(
    _ argument: String, _ letters: Letters, _ rest: inout ArraySlice<String>
  ) -> [String] {
    guard argument.hasPrefix("-"), !argument.hasPrefix("--") else { return [argument] }
    var (result, group): ([String], Substring) = ([], argument.dropFirst())
    while let letter = group.popFirst() {
      if letters.withValue.contains(letter) {
        if group.isEmpty, rest.isEmpty { return result + ["-\(letter)"] }
        if group.hasPrefix("=") { return result + ["-\(letter)\(group)"] }
        let value = group.isEmpty ? rest.removeFirst() : String(group)
        return result + (value.hasPrefix("-") ? ["-\(letter)=\(value)"] : ["-\(letter)", value])
      }
      guard letters.flags.contains(letter) else { return result + ["-\(letter)\(group)"] }
      result.append("-\(letter)")
    }
    return result.isEmpty ? [argument] : result
  }
}
