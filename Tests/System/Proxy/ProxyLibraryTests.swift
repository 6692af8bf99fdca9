import Foundation
import Testing

/// The headers of echoc, read by the PyPI package proxy-protocol, which `scripts/setup test` installs.
@Suite("A header that echoc sends")
struct ProxyLibraryTests {
  /// What the library read.
  struct Header: Decodable, Sendable {
    var from: String
    var to: String
    /// Version 1 does not say.
    var `protocol`: String?
    var peer: String
  }

  /// A way to send headers.
  struct Sending: Sendable, CustomTestStringConvertible {
    var transport: String
    var address: String
    var version: Int

    var testDescription: String { "version \(version) to \(transport) \(address)" }
  }

  private static let sendings = ["127.0.0.1", "::1"].flatMap { address in
    [("tcp", 1), ("tcp", 2), ("udp", 2)].map {
      Sending(transport: $0.0, address: address, version: $0.1)
    }
  }
  private static let directory = #filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined()

  /// Has echoc talk to the library, and returns the server's address and the first header.
  private func header(_ sending: Sending, _ command: [String]) async throws -> (
    server: String, header: Header
  ) {
    let python = Repository.path(of: ".build/proxy-protocol/bin/python3")
    let arguments = [
      "\(Self.directory)/proxy_library.py", sending.transport, sending.address, "\(sending.version)",
    ]
    return try await RunningProgram.with(python, arguments) { library in
      let port = try await library.line { $0.hasPrefix("port ") }.dropFirst("port ".count)
      let host = sending.address.contains(":") ? "[\(sending.address)]" : sending.address
      let server = "\(host):\(port)"
      let outcome = try await RunningProgram.run(
        BuiltProgram.echoc,
        [command[0], "--send-proxy", "\(sending.version)"] + command.dropFirst()
          + ["\(sending.transport)://\(server)"],
        input: "hello\n".utf8)
      #expect(outcome.ending == .exit(0), "\(outcome.errors)")
      if command[0] == "talk" { #expect(outcome.text == "hello\n") }
      let line = try await library.line { $0.hasPrefix("{") }
      return (server, try JSONDecoder().decode(Header.self, from: Data(line.utf8)))
    }
  }

  @Test(
    "names echoc and the server", arguments: sendings,
    [["talk"], ["ping", "-c", "2", "-i", "0.1"], ["bench", "-d", "1"]])
  func own(sending: Sending, command: [String]) async throws {
    let (server, header) = try await header(sending, command)
    #expect(header.from == header.peer && header.to == server)
    let protocols = ["tcp": "SOCK_STREAM", "udp": "SOCK_DGRAM"]
    #expect(header.protocol == (sending.version == 1 ? nil : protocols[sending.transport]))
  }

  @Test(
    "names other endpoints on request", arguments: sendings,
    [("192.0.2.7:40000", "198.51.100.1:443"), ("[2001:db8::7]:40000", "[2001:db8::1]:443")])
  func others(sending: Sending, ends: (from: String, to: String)) async throws {
    let command = ["talk", "--proxy-from", ends.from, "--proxy-to", ends.to]
    let (_, header) = try await header(sending, command)
    #expect(header.from == ends.from && header.to == ends.to && header.peer != ends.from)
  }
}
