import Testing

/// The peers that are written in Python, the course's among them.
struct PythonProgram: Sendable {
  static let courseUDPServer = PythonProgram(file: "Course/udp_server.py", arguments: ["127.0.0.1", "0"])
  static let courseTCPServer = PythonProgram(file: "Course/tcp_server.py", arguments: ["127.0.0.1", "0"])

  /// A server of `Client/odd_server.py`.
  static func odd(_ behaviour: String) -> PythonProgram {
    PythonProgram(file: "Client/odd_server.py", arguments: [behaviour])
  }

  private static let interpreter = "/usr/bin/python3"
  private static let directory = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined()

  /// Below Tests/System.
  let file: String
  let arguments: [String]

  /// What starts it.
  var command: [String] { [Self.interpreter, Self.directory + "/" + file] + arguments }

  /// Runs it to its end.
  func run(
    input: String, deadlineSeconds: Int = RunningProgram.usualDeadlineSeconds
  ) async throws -> RunningProgram.Outcome {
    try await RunningProgram.run(
      command[0], Array(command.dropFirst()), input: input.utf8, deadlineSeconds: deadlineSeconds)
  }

  /// Runs a server as long as the body, which gets the port from the line with which the server begins.
  func serve<Result>(_ body: (_ port: UInt16) async throws -> Result) async throws -> Result {
    try await RunningProgram.with(command[0], Array(command.dropFirst())) { program in
      let line = try await program.line { $0.hasPrefix("The server is ready to receive on port ") }
      let port = try #require(line.split(separator: " ").last.flatMap { UInt16($0) })
      return try await body(port)
    }
  }
}
