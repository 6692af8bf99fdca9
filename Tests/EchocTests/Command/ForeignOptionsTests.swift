import Testing

@testable import echoc

@Suite("An option of ping(8) that echoc does not have")
struct ForeignOptionsTests {
  @Test(
    "is refused by its own name, with what echoc has instead",
    arguments: [
      ("ping -f udp://h:7", "echoc ping has no -f: echoc bench sends as fast as replies come"),
      ("ping udp://h:7 -q", "echoc ping has no -q: --json prints only the summary"),
      ("ping -c 1 -t 64 udp://h:7", "echoc ping has no -t"), ("ping -t64 udp://h:7", "echoc ping has no -t"),
      ("ping -Mdo udp://h:7", "echoc ping has no -M"), ("ping -qn udp://h:7", "echoc ping has no -q: "),
      ("ping -w 5 udp://h:7", "echoc ping has no -w: use -c and -i, or timeout(1)"),
      ("ping -4 -D udp://h:7", "echoc ping has no -D"),
    ])
  func refusals(line: String, sentence: String) throws {
    let problem = try #require(ForeignOptions.problem(in: line.split(separator: " ").map(String.init)))
    #expect(problem.hasPrefix(sentence))
  }

  @Test(
    "is not what echoc has, a value, an argument or another command's",
    arguments: [
      "", "ping", "ping udp://h:7 -c 1 -i 1 -s 1 -W 1 -4 -6 --json -h", "ping -c -f udp://h:7",
      "ping -- -f", "ping -x", "ping --flood", "ping -", "talk -q udp://h:7", "bench -f udp://h:7",
    ])
  func others(line: String) {
    #expect(ForeignOptions.problem(in: line.split(separator: " ").map(String.init)) == nil)
  }
}
