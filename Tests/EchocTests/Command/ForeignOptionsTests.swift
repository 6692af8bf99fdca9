import Testing

@testable import echoc

@Suite("An option of ping(8) that echoc does not have")
struct ForeignOptionsTests {
  @Test(
    "is refused by its own name, with what echoc has instead",
    arguments: [
      ("ping -A udp://h:7", "echoc ping has no -A: -f sends as fast as replies come"),
      ("ping udp://h:7 -v", "echoc ping has no -v: echoc always reports errors"),
      ("ping -c 1 -m 64 h", "echoc ping has no -m"), ("ping -m64 h", "echoc ping has no -m"),
      ("ping -qR h", "echoc ping has no -R"), ("ping -c5R h -O", "echoc ping has no -O"),
      ("ping -4 -T tsonly h", "echoc ping has no -T"),
    ])
  func refusals(line: String, sentence: String) {
    #expect(problem(in: line) == sentence)
  }

  @Test(
    "is not what echoc has, a value, an argument or another command's",
    arguments: [
      "", "ping", "ping udp://h:7 -c 1 -i 1 -s 1 -W 1 -4 -6 --json -h", "ping -c -A h", "ping -c-A h",
      "ping -- -A", "ping -x", "ping --audible", "ping -", "ping -I - h", "talk -v udp://h:7",
      "bench -A udp://h:7",
      "ping -fqDn -w 1 -I 127.0.0.1 -t 1 -Q 1 -M do h",
    ])
  func others(line: String) {
    #expect(problem(in: line) == nil)
  }

  private func problem(in line: String) -> String? {
    ForeignOptions.problem(in: ShortOptions.separated(line.split(separator: " ").map(String.init)))
  }
}
