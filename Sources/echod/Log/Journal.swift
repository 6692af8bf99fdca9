import CSystemd
import Glibc
import Logging

/// The stream by which systemd connects a service's standard error with the journal. See systemd.exec(5),
/// JOURNAL_STREAM.
enum JournalStream {
  /// Whether standard error of this process is that stream. Each line may then begin with its priority; see
  /// sd-daemon(3).
  static let isStandardError = isStream(
    STDERR_FILENO, named: getenv("JOURNAL_STREAM").map { String(cString: $0) })

  /// Whether a descriptor is the file with this device and inode number, in decimal: `DEVICE:INODE`. The variable alone
  /// proves nothing, because programs whose standard error is a file or a terminal inherit it too.
  static func isStream(_ descriptor: Int32, named name: String?) -> Bool {
    var file = stat()
    return fstat(descriptor, &file) == 0 && name == "\(file.st_dev):\(file.st_ino)"
  }
}

extension Logger.Level {
  /// The priority of syslog and the journal, from 2 (critical) to 7 (debug). See syslog(3).
  var syslogPriority: Int32 {
    switch self {
    case .trace, .debug: LOG_DEBUG
    case .info: LOG_INFO
    case .notice: LOG_NOTICE
    case .warning: LOG_WARNING
    case .error: LOG_ERR
    case .critical: LOG_CRIT
    }
  }
}

/// A message with its fields, as the journal takes them. See systemd.journal-fields(7) and sd_journal_sendv(3).
struct JournalEntry {
  /// Maximum fields per entry. Metadata beyond it, in key order, is omitted.
  static let fieldLimit = 32
  /// The longest name of a field in bytes, which is the journal's own limit.
  static let nameByteLimit = 64
  /// The length in bytes at which a field's value is cut.
  static let valueByteLimit = 4096

  /// A field. Its value may hold anything, also newlines: it is sent with its length.
  struct Field: Hashable {
    let name: String
    let value: String
  }

  /// The message, its priority and source location, and then a field for each key of the metadata.
  private(set) var fields: [Field] = []

  init(_ event: LogEvent) {
    add("MESSAGE", event.message.description)
    add("PRIORITY", "\(event.level.syslogPriority)")
    add("SYSLOG_IDENTIFIER", "echod")
    // systemd's default for the lines of a service. See systemd.exec(5), SyslogFacility=.
    add("SYSLOG_FACILITY", "\(LOG_DAEMON >> 3)")
    add("CODE_FILE", event.file)
    add("CODE_LINE", "\(event.line)")
    add("CODE_FUNC", event.function)
    for (key, value) in (event.metadata ?? [:]).sorted(by: { $0.key < $1.key }) {
      if let name = Self.fieldName(of: key) { add(name, "\(value)") }
    }
  }

  /// The field name of a metadata key: capitals, digits and underscores, beginning with a capital; `nil` if nothing is
  /// left. Names that begin with an underscore are reserved for the journal's own fields.
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

  /// The journal accepts several values of a field; the first one counts here.
  private mutating func add(_ name: String, _ value: String) {
    guard fields.count < Self.fieldLimit, !fields.contains(where: { $0.name == name }) else { return }
    fields.append(Field(name: name, value: value.cut(toBytes: Self.valueByteLimit)))
  }

  /// Sends the entry. Returns whether the journal accepted it.
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
