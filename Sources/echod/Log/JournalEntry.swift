import CSystemd
import Glibc
import Logging

/// A message with its fields, as the journal takes them. See systemd.journal-fields(7) and sd_journal_sendv(3).
struct JournalEntry {
  /// Fields of one entry; what is over is left out, of the metadata the last in the order of their keys.
  static let fieldLimit = 32
  /// A field name's length, the journal's own limit.
  static let nameByteLimit = 64
  /// A field value's length; a longer one is cut.
  static let valueByteLimit = 4096

  /// A field. Its value may hold anything: it is sent with its length, and a newline begins no other field.
  struct Field: Hashable {
    let name: String
    let value: String
  }

  /// The message, its priority and place in the source, and then a field for each key of the metadata.
  private(set) var fields: [Field] = []

  init(_ event: LogEvent) {
    add("MESSAGE", event.message.description)
    add("PRIORITY", "\(event.level.syslogPriority)")
    add("SYSLOG_IDENTIFIER", "echod")
    // As systemd gives the lines of a service, see systemd.exec(5), SyslogFacility=.
    add("SYSLOG_FACILITY", "\(LOG_DAEMON >> 3)")
    add("CODE_FILE", event.file)
    add("CODE_LINE", "\(event.line)")
    add("CODE_FUNC", event.function)
    for (key, value) in (event.metadata ?? [:]).sorted(by: { $0.key < $1.key }) {
      if let name = Self.fieldName(of: key) { add(name, "\(value)") }
    }
  }

  /// A metadata key as a field's name, which has capitals, digits and underscores and begins with a capital; `nil` when
  /// nothing is left of it. Underscores at the beginning are for what the journal itself vouches for.
  static func fieldName(of key: String) -> String? {
    let characters = key.unicodeScalars.map { scalar -> Character in
      switch scalar {
      case "A"..."Z", "0"..."9": Character(scalar)
      case "a"..."z": Character(Character(scalar).uppercased())
      default: "_"
      }
    }
    let name = characters.drop { !$0.isLetter }.prefix(nameByteLimit)
    return name.isEmpty ? nil : String(name)
  }

  /// The journal takes several values of a field; the first is the one that is meant.
  private mutating func add(_ name: String, _ value: String) {
    guard fields.count < Self.fieldLimit, !fields.contains(where: { $0.name == name }) else { return }
    fields.append(Field(name: name, value: value.cut(toBytes: Self.valueByteLimit)))
  }

  /// Hands the entry over. Returns whether the journal took it.
  func send() -> Bool {
    let assignments = fields.map { Array("\($0.name)=\($0.value)".utf8) }
    var bytes = assignments.flatMap { $0 }
    return bytes.withUnsafeMutableBytes { bytes in
      guard var start = bytes.baseAddress else { return false }
      let vectors = assignments.map { assignment in
        defer { start += assignment.count }
        return iovec(iov_base: start, iov_len: assignment.count)
      }
      return sd_journal_sendv(vectors, Int32(vectors.count)) == 0
    }
  }
}
