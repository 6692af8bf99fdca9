import Glibc

/// The stream by which systemd connects a service's standard error with the journal. See systemd.exec(5),
/// JOURNAL_STREAM.
enum JournalStream {
  /// Whether standard error of this process is that stream. Each line may then begin with its priority, see
  /// sd-daemon(3).
  static let isStandardError = isStream(
    STDERR_FILENO, named: getenv("JOURNAL_STREAM").map { String(cString: $0) })

  /// Whether a descriptor is the file of that name: its device and inode numbers in decimal, `DEVICE:INODE`. A variable
  /// alone says nothing, for it is inherited by programs whose standard error is a file or a terminal.
  static func isStream(_ descriptor: Int32, named name: String?) -> Bool {
    var file = stat()
    return fstat(descriptor, &file) == 0 && name == "\(file.st_dev):\(file.st_ino)"
  }
}
