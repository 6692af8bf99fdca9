import EchoCore
import Testing

@Suite("A configuration problem")
struct ConfigurationProblemTests {
  @Test("is a line that begins with the file and the place")
  func lines() {
    let problems = ConfigurationProblems([
      ConfigurationProblem(.value(path: "listeners[1].port"), "70000 is not a port (0 to 65535)"),
      ConfigurationProblem(.value(path: ""), "wrong as a whole"),
      ConfigurationProblem(.text(line: 3, column: 14), "expected a value, found 'x'"),
    ])
    #expect(
      problems.lines(file: "/etc/echod/echod.json") == [
        "/etc/echod/echod.json: listeners[1].port: 70000 is not a port (0 to 65535)",
        "/etc/echod/echod.json: wrong as a whole",
        "/etc/echod/echod.json:3:14: expected a value, found 'x'",
      ])
    #expect(problems.problems.map(\.path) == ["listeners[1].port", "", ""])
  }
}
