import Foundation
import Testing

@testable import EchoCore

@Suite("The schema and the reader")
struct SchemaVerdictTests {
  @Test("agree on every value of every key")
  func values() throws {
    let texts = Self.listenerTexts + Self.fileTexts
    #expect(texts.count > 1000)
    let verdicts = try Self.schemaVerdicts(on: texts)
    var accepted = 0
    for (text, verdict) in zip(texts, verdicts) {
      let lines = refusal(of: text)
      #expect(lines.isEmpty == verdict, "\(text): \(lines)")
      accepted += verdict ? 1 : 0
    }
    // A comparison of nothing but refusals would show nothing.
    #expect(accepted > 100)
  }

  @Test("accept every configuration of the package", arguments: ProjectFiles.configurations)
  func delivered(path: String) throws {
    let bytes = try ProjectFiles.bytes(of: path)
    _ = try Configuration.read(bytes)
    #expect(try Self.schemaVerdicts(on: [String(decoding: bytes, as: UTF8.self)]) == [true])
    let name = path.contains("/examples/") ? "../echod.schema.json" : "echod.schema.json"
    #expect(try JSONValue(parsing: bytes)["$schema"] == .string(name))
  }

  @Test("accept several configurations of the package")
  func deliveredCount() {
    #expect(ProjectFiles.configurations.count >= 4)
  }

  @Test("differ in what a schema cannot say, and in nothing else")
  func excluded() throws {
    let texts = Self.onlyTheReaderRefuses.map(\.text)
    for (text, verdict) in zip(texts, try Self.schemaVerdicts(on: texts)) {
      #expect(verdict, "the schema refuses \(text)")
      #expect(!refusal(of: text).isEmpty, "the reader takes \(text)")
    }
  }

  private static let onlyTheReaderRefuses: [(reason: String, text: String)] = [
    (
      "unique names",
      file(#"{"transport": "udp", "port": 1, "name": "a"}, {"transport": "udp", "port": 2, "name": "a"}"#)
    ),
    ("unique default names", file(#"{"transport": "udp", "port": 0}, {"transport": "udp", "port": 0}"#)),
    (
      "one socket twice",
      file(#"{"transport": "udp", "port": 1, "name": "a"}, {"transport": "udp", "port": 1}"#)
    ),
    ("the admin socket's port", file(#"{"transport": "tcp", "port": 8080}"#)),
    (
      "queues together",
      file((1...5).map { #"{"transport": "udp", "port": \#($0), "queues": 64}"# }.joined(separator: ","))
    ),
    ("a NUL in a path", file(top: #""admin": {"unix": "/a\u0000"}"#)),
    ("a path's length in bytes", file(top: #""admin": {"unix": "/\#(String(repeating: "é", count: 60))"}"#)),
    ("bits after a prefix's length", file(#"{"transport": "udp", "port": 1, "allow": ["10.1.2.3/8"]}"#)),
    ("what is an address in a prefix", file(#"{"transport": "udp", "port": 1, "allow": ["300.0.0.0/8"]}"#)),
    (
      "a jitter that is longer than the delay",
      file(
        #"{"transport": "udp", "port": 1, "impair": {"jitterMilliseconds": 2, "delayMilliseconds": 1}}"#)
    ),
    (
      "a jitter without a delay",
      file(#"{"transport": "tcp", "port": 1, "impair": {"jitterMilliseconds": 2}}"#)
    ),
    (
      "reordering without a delay", file(#"{"transport": "udp", "port": 1, "impair": {"reorderPercent": 1}}"#)
    ),
    (
      "two interfaces",
      file(#"{"transport": "udp", "port": 1, "address": "fe80::1%eth0", "interface": "eth1"}"#)
    ),
    (
      "what is an address before a zone",
      file(#"{"transport": "udp", "port": 1, "address": "fe80:::1%eth0"}"#)
    ),
    (
      "an interface's length in bytes",
      file(#"{"transport": "udp", "port": 1, "interface": "12345678901234ä"}"#)
    ),
    ("the kernel's white space", file(#"{"transport": "udp", "port": 1, "interface": "à"}"#)),
    (
      "one address with and without an interface",
      file(
        #"{"transport": "udp", "port": 1, "name": "a"}, {"transport": "udp", "port": 1, "interface": "lo", "name": "b"}"#
      )
    ),
    (
      "a group's address that is mapped",
      file(#"{"transport": "udp", "port": 1, "address": "::ffff:224.0.0.1"}"#)
    ),
  ]
}

// MARK: - The table

extension SchemaVerdictTests {
  /// Values of every kind, at and beyond every limit.
  private static let values = [
    "null", "true", "false", "-1", "0", "1", "1.0", "1.5", "-0.0", "64", "65", "250", "3600", "3601", "4095",
    "4096",
    "65535", "65536", "6.5535e4", "86400", "86401", "1000000", "1000001", "1e9", "1000000001", "1073741824",
    "1073741825", "1e300", "9223372036854775807", "9223372036854775808", #""""#, #""x""#, #""1""#, #""echo""#,
    #""uppercase""#, #""discard""#, #""Echo""#, #""udp""#, #""tcp""#, #""UDP""#, #""a.B-c_9""#, #""a b""#,
    #""ä""#,
    "\"\(String(repeating: "n", count: 64))\"", "\"\(String(repeating: "n", count: 65))\"",
    "\"/\(String(repeating: "n", count: 106))\"", "\"/\(String(repeating: "n", count: 107))\"",
    #""/run/a.sock""#,
    #""127.0.0.1""#, #""0.0.0.0""#, #""::""#, #""::1""#, #""2001:DB8::1""#, #""::ffff:10.0.0.1""#,
    #""localhost""#,
    #""127.0.0.1 ""#, #""127.0.0.01""#, #""127.1""#, #""256.0.0.1""#, #""[::1]""#, #""fe80::1%eth0""#,
    #""fe80::1%""#, #""fe80::1%..""#, #""fe80::1%a/b""#, #""fe80::1%1234567890123456""#, #""::1%lo""#,
    #""..""#, #""a:b""#,
    #""fe80::1""#,
    #""FEBF::1""#, #""fec0::1""#, #""224.0.0.1""#, #""239.255.255.255""#, #""240.0.0.1""#,
    #""255.255.255.255""#,
    #""ff02::1""#, #""ff::1""#, #""10.0.0.0/8""#, "[]", "[null]", "[1]", #"[""]"#, #"["10.0.0.0/8"]"#,
    #"["0.0.0.0/0", "::/0", "::1/128", "10.0.0.1/32"]"#, #"["10.0.0.0"]"#, #"["10.0.0.0/33"]"#,
    #"["::/129"]"#,
    #"["10.0.0.0/-1"]"#, #"["10.0.0.0/8", "lan/8"]"#, "[[]]", "[{}]", "{}", #"{"perSecond": 1, "burst": 1}"#,
    #"{"perSecond": 1e9, "burst": 1e9}"#, #"{"perSecond": 1}"#, #"{"burst": 1}"#,
    #"{"perSecond": 0, "burst": 1}"#,
    #"{"perSecond": 1, "burst": 1000000001}"#, #"{"perSecond": 1, "burst": null}"#,
    #"{"perSecond": 1, "burst": 1, "x": 1}"#, #""each""#, #""first""#, #"{"from": ["::1/128"]}"#,
    "100", "100.5", "0.001", "60000", "60001", "4294967295", "4294967296", "1000000000000", "1000000000001",
  ]

  /// Each value for each key of a listener, and for one that is unknown, and each required key left out.
  private static var listenerTexts: [String] {
    var texts: [String] = []
    for transport in Transport.allCases {
      for key in ListenerConfiguration.keys.map(\.name) + ["adress", "Port", "$schema", ""] {
        for value in values {
          var members = ["transport": "\"\(transport)\"", "port": "7"]
          members[key] = value
          texts.append(file("{\(members.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", "))}"))
        }
      }
      texts.append(file("{\"transport\": \"\(transport)\"}"))
      for interface in ["null", "\"eth0\"", "1"] {
        for address in ["fe80::1", "::1", "fe80::1%eth0"] {
          let members = #""address": "\#(address)", "interface": \#(interface)"#
          texts.append(file(#"{"transport": "\#(transport)", "port": 7, \#(members)}"#))
        }
      }
    }
    return texts + nestedTexts + ["{\"port\": 7}", "{}", ""].map { file($0) }
  }

  /// Each value for each member of `impair` and `proxyProtocol`.
  private static var nestedTexts: [String] {
    Transport.allCases.flatMap { transport in
      let owner = "\"transport\": \"\(transport)\", \"port\": 7"
      let impairments = (Impairment.keys.map(\.name) + ["x"]).flatMap { key in
        // With the longest delay, because the schema cannot compare a jitter with its delay.
        let delay = key == "delayMilliseconds" ? "" : "\"delayMilliseconds\": 60000, "
        return values.map { "{\(owner), \"impair\": {\(delay)\"\(key)\": \($0)}}" }
      }
      let proxies = (ProxyProtocol.keys.map(\.name) + ["x"]).flatMap { key in
        let from = key == "from" ? "" : "\"from\": [\"::1/128\"], "
        return values.map { "{\(owner), \"proxyProtocol\": {\(from)\"\(key)\": \($0)}}" }
      }
      return (impairments + proxies).map { file($0) }
    }
  }

  /// Each value for each key of the file and of the admin socket, and for the whole file.
  private static var fileTexts: [String] {
    let admins =
      values
      + ["address", "port", "unix", "x"].flatMap { key in values.map { "{\"\(key)\": \($0)}" } }
      + [
        #"{"address": "::", "port": 0}"#, #"{"address": "::", "port": 0, "x": 0}"#,
        #"{"port": 0, "unix": "/a"}"#,
        #"{"address": "::", "unix": "/a"}"#,
      ]
    var texts = values + values.map { "{\"listeners\": \($0)}" } + values.map { file($0) }
    texts += admins.map { file(top: "\"admin\": \($0)") }
    for key in ["$schema", "drainSeconds", "listener"] {
      texts += values.map { file(top: "\"\(key)\": \($0)") }
    }
    return texts
  }

  private static func file(_ listeners: String) -> String { "{\"listeners\": [\(listeners)]}" }

  private static func file(top member: String) -> String {
    "{\(member), \"listeners\": [{\"transport\": \"udp\", \"port\": 7}]}"
  }
}

// MARK: - The other validator

extension SchemaVerdictTests {
  /// What Debian's python3-jsonschema says of the texts, in one process.
  private static func schemaVerdicts(on texts: [String]) throws -> [Bool] {
    let documents = try texts.map { try JSONValue(parsing: Array($0.utf8)) }
    let job: JSONValue = ["schema": try ProjectFiles.schema(), "documents": .array(documents)]
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = ["\(ProjectFiles.root)/Tests/EchoCoreTests/Fixtures/validate.py"]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    // The script reads everything before it writes, so the pipes cannot fill against each other.
    try input.fileHandleForWriting.write(contentsOf: Data(job.text().utf8))
    try input.fileHandleForWriting.close()
    let answer = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "python3-jsonschema is needed")
    guard case .array(let verdicts) = try JSONValue(parsing: Array(answer)) else { return [] }
    try #require(verdicts.count == texts.count)
    return verdicts.map { $0 == .bool(true) }
  }
}
