import ArgumentParser
import Testing

@testable import echoc

@Suite("Short options")
struct ShortOptionsTests {
  @Test(
    "can be combined, the last one with its value",
    arguments: [
      ("ping -qn h", "ping -q -n h"), ("ping -c5 h", "ping -c 5 h"), ("ping -i0.2 h", "ping -i 0.2 h"),
      ("ping -qc5 h", "ping -q -c 5 h"), ("ping -qc 5 h", "ping -q -c 5 h"), ("ping h -46", "ping h -4 -6"),
      ("ping -Ife80::1%eth0 h", "ping -I fe80::1%eth0 h"),
      ("ping -fqnc100 -w2 h", "ping -f -q -n -c 100 -w 2 h"),
      ("ping -Mdo h", "ping -M do h"), ("bench -c64 -d10 h", "bench -c 64 -d 10 h"),
      ("talk -4h", "talk -4 -h"), ("identify -46 h", "identify -4 -6 h"),
    ])
  func joined(line: String, separated: String) {
    #expect(ShortOptions.separated(words(line)) == words(separated))
  }

  @Test(
    "keep their value, even one that begins with a hyphen",
    arguments: [
      ("ping -c -1 h", "ping -c=-1 h"), ("ping -c-1 h", "ping -c=-1 h"), ("ping -qc -q h", "ping -q -c=-q h"),
      ("ping -c=5 h", "ping -c=5 h"), ("ping -qc=5 h", "ping -q -c=5 h"), ("ping -c -- h", "ping -c=-- h"),
    ])
  func values(line: String, separated: String) {
    #expect(ShortOptions.separated(words(line)) == words(separated))
  }

  @Test(
    "are recognized only where they are options",
    arguments: [
      "", "ping", "ping -q -c 5 h", "ping --json-lines h", "ping -- -qn -c5", "ping -c", "ping -",
      "--version",
      "-qn h", "help ping", "bench -Zx h", "bench -qn h", "ping --send-proxy 2 --proxy-from [::1]:7 h",
    ])
  func others(line: String) {
    #expect(ShortOptions.separated(words(line)) == words(line))
  }

  @Test("that the command does not have stay together, for the error message")
  func unknown() {
    #expect(ShortOptions.separated(words("ping -qZ5n h")) == words("ping -q -Z5n h"))
  }

  @Test("are those that the help shows")
  func help() {
    let commands: [(String, any ParsableCommand.Type)] = [
      ("talk", Talk.self), ("ping", Ping.self), ("bench", Bench.self), ("identify", Identify.self),
      ("mtu", MTU.self),
    ]
    for (name, command) in commands {
      let lines = Echoc.helpMessage(for: command, columns: 1000).split(separator: "\n")
      let options = lines.filter { $0.hasPrefix("  -") && !$0.hasPrefix("  --") }.map { $0.dropFirst(3) }
      let withValue = options.filter { $0.dropFirst().hasPrefix(" <") }.compactMap(\.first)
      let flags = options.filter { !$0.dropFirst().hasPrefix(" <") }.compactMap(\.first)
      #expect(
        ShortOptions.commands[name] == ShortOptions.Letters(String(flags), withValue: String(withValue)))
    }
    #expect(ShortOptions.commands.count == Echoc.configuration.subcommands.count)
  }

  private func words(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }
}
