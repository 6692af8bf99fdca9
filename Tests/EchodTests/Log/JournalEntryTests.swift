import Logging
import Testing

@testable import echod

@Suite("An entry of the journal")
struct JournalEntryTests {
  private func entry(
    _ message: Logger.Message = "a message", at level: Logger.Level = .info,
    metadata: Logger.Metadata? = nil
  ) -> [JournalEntry.Field] {
    let event = LogEvent(
      level: level, message: message, metadata: metadata, source: nil, file: "echod/Run.swift",
      function: "run()", line: 42)
    return JournalEntry(event).fields
  }

  private func value(_ name: String, in fields: [JournalEntry.Field]) -> String? {
    fields.first { $0.name == name }?.value
  }

  @Test("has the message, who says it, and where")
  func own() {
    let fields = entry()
    #expect(value("MESSAGE", in: fields) == "a message")
    #expect(value("SYSLOG_IDENTIFIER", in: fields) == "echod")
    #expect(value("SYSLOG_FACILITY", in: fields) == "3")
    #expect(value("CODE_FILE", in: fields) == "echod/Run.swift")
    #expect(value("CODE_LINE", in: fields) == "42")
    #expect(value("CODE_FUNC", in: fields) == "run()")
  }

  @Test(
    "has the level as syslog's priority",
    arguments: [
      (Logger.Level.trace, "7"), (.debug, "7"), (.info, "6"), (.notice, "5"), (.warning, "4"), (.error, "3"),
      (.critical, "2"),
    ])
  func priority(level: Logger.Level, priority: String) {
    #expect(value("PRIORITY", in: entry(at: level)) == priority)
  }

  @Test("has a field for each key of the metadata, to search by")
  func metadata() {
    let fields = entry(metadata: ["listener": "uppercase-udp", "client": "[::1]:5000", "errno": "98"])
    #expect(value("LISTENER", in: fields) == "uppercase-udp")
    #expect(value("CLIENT", in: fields) == "[::1]:5000")
    #expect(value("ERRNO", in: fields) == "98")
  }

  @Test(
    "names a field as the journal permits it",
    arguments: [
      ("listener", "LISTENER"), ("closeAfterReply", "CLOSEAFTERREPLY"), ("a-b.c d=e", "A_B_C_D_E"),
      ("a\nPRIORITY=0", "A_PRIORITY_0"), ("_PID", "PID"), ("__9lives", "LIVES"), ("größe", "GR__E"),
      ("x9_", "X9_"), (String(repeating: "n", count: 65), String(repeating: "N", count: 64)),
    ])
  func fieldName(key: String, name: String) {
    #expect(JournalEntry.fieldName(of: key) == name)
  }

  @Test("has no field for a key without a letter", arguments: ["", "_", "42", "é", "\u{0}"])
  func noFieldName(key: String) {
    #expect(JournalEntry.fieldName(of: key) == nil)
    #expect(entry(metadata: [key: "value"]).count == entry().count)
  }

  @Test("keeps a value as it is: no newline and no NUL makes another field of it")
  func injection() {
    let text = "one\nPRIORITY=0\u{0}\nMESSAGE=two"
    let fields = entry("\(text)", metadata: ["listener": "\(text)"])
    #expect(fields.count == entry().count + 1)
    #expect(value("MESSAGE", in: fields) == text && value("LISTENER", in: fields) == text)
    #expect(value("PRIORITY", in: fields) == "6")
  }

  @Test("replaces no field by a key of the same name")
  func ownFieldsFirst() {
    let fields = entry(metadata: ["message": "other", "Priority": "0", "a-b": "first", "a.b": "second"])
    #expect(fields.count == entry().count + 1)
    #expect(value("MESSAGE", in: fields) == "a message" && value("PRIORITY", in: fields) == "6")
    #expect(value("A_B", in: fields) == "first")
  }

  @Test("has a limit of fields, and cuts long values")
  func bounds() {
    let many = Logger.Metadata(uniqueKeysWithValues: (100..<200).map { ("key\($0)", "\($0)") })
    let fields = entry(metadata: many)
    #expect(fields.count == JournalEntry.fieldLimit)
    #expect(value("KEY100", in: fields) == "100" && value("KEY199", in: fields) == nil)

    let long = String(repeating: "v", count: JournalEntry.valueByteLimit)
    #expect(value("LONG", in: entry(metadata: ["long": "\(long)"])) == long)
    let cut = value("LONG", in: entry(metadata: ["long": "\(long)v"]))
    #expect(cut == String(repeating: "v", count: JournalEntry.valueByteLimit - 3) + "…")
  }
}
