import Glibc
import Testing

@testable import EchoCore

@Suite("The schema", .serialized)
struct SchemaTests {
  /// `ECHOD_WRITE_SCHEMA=1 swift test --filter SchemaTests` regenerates the file.
  @Test("is what the rows of the keys say")
  func rows() throws {
    let text = Configuration.fileSchema.text() + "\n"
    if getenv("ECHOD_WRITE_SCHEMA") != nil {
      let file = try #require(fopen(ProjectFiles.schemaPath, "w"))
      defer { fclose(file) }
      fputs(text, file)
    }
    let found = String(decoding: try ProjectFiles.bytes(of: ProjectFiles.schemaPath), as: UTF8.self)
    #expect(
      found == text,
      "config/echod.schema.json is not up to date: ECHOD_WRITE_SCHEMA=1 swift test --filter SchemaTests")
  }

  @Test("states the defaults that the reader fills in")
  func defaults() throws {
    let file = #"{"listeners": [{"transport": "udp", "port": 0}, {"transport": "tcp", "port": 0}]}"#
    let effective = try Configuration.read(Array(file.utf8)).json
    let properties = try #require(try ProjectFiles.schema()["properties"])
    for key in ["admin", "drainSeconds"] { #expect(properties[key]?["default"] == effective[key]) }
    guard case .array(let forms) = properties["admin"]?["oneOf"],
      case .array(let listeners) = effective["listeners"]
    else {
      Issue.record("no forms of the admin socket, or no listeners")
      return
    }
    for key in ["address", "port"] {
      #expect(forms.compactMap { $0["properties"]?[key]?["default"] } == [effective["admin"]?[key]])
    }
    for key in ListenerConfiguration.keys.map(\.name) where !["name", "transport", "port"].contains(key) {
      let written = listeners.compactMap { $0[key] }.first
      #expect(properties["listeners"]?["items"]?["properties"]?[key]?["default"] == written, "\(key)")
    }
  }
}
