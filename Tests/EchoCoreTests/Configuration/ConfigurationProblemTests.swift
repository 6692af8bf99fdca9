import Testing

@testable import EchoCore

@Suite("A configuration problem")
struct ConfigurationProblemTests {
  @Test("is a line that begins with the file and the place")
  func lines() {
    let problems = ConfigurationProblems(problems: [
      ConfigurationProblem(
        location: .value(path: "listeners[1].port"), message: "70000 is not a port (0 to 65535)"),
      ConfigurationProblem(location: .value(path: ""), message: "wrong as a whole"),
      ConfigurationProblem(location: .text(line: 3, column: 14), message: "expected a value, found 'x'"),
    ])
    #expect(
      problems.lines(file: "/etc/echod/echod.json") == [
        "/etc/echod/echod.json: listeners[1].port: 70000 is not a port (0 to 65535)",
        "/etc/echod/echod.json: wrong as a whole",
        "/etc/echod/echod.json:3:14: expected a value, found 'x'",
      ])
  }
}
