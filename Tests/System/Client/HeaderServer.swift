import Testing

/// The server in `header_server.py`, and the options with which echoc sends what it expects.
struct HeaderServer: CustomTestStringConvertible, Sendable {
  var host = "127.0.0.1"
  var transport: String
  var version: Int
  /// `nil` for the endpoints of the socket.
  var source: String?
  var destination: String?
  /// How many replies a connection gets, or "identify".
  var replies = "0"

  init(_ transport: String, _ version: Int, from source: String? = nil, to destination: String? = nil) {
    (self.transport, self.version, self.source, self.destination) = (transport, version, source, destination)
  }

  var testDescription: String { ([transport] + options).joined(separator: " ") }

  var options: [String] {
    guard version > 0 else { return [] }
    return ["--send-proxy", "\(version)"] + (source.map { ["--proxy-from", $0] } ?? [])
      + (destination.map { ["--proxy-to", $0] } ?? [])
  }

  func replying(_ replies: String) -> HeaderServer {
    var server = self
    server.replies = replies
    return server
  }

  func at(_ host: String) -> HeaderServer {
    var server = self
    server.host = host
    return server
  }

  /// Runs a command of echoc with the server.
  func run(
    _ command: String, _ arguments: [String] = [], input: String = ""
  ) async throws -> RunningProgram.Outcome {
    let words = [host, transport, "\(version)", source ?? "own", destination ?? "own", replies]
    return try await PythonProgram(file: "Client/header_server.py", arguments: words).serve { port in
      let endpoint = "\(transport)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
      return try await RunningProgram.run(
        BuiltProgram.echoc, [command, endpoint] + options + arguments, input: input.utf8)
    }
  }
}
