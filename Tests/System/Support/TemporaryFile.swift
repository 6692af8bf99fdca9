import Glibc
import SystemPackage

/// A file that is there as long as a test needs it.
enum TemporaryFile {
  /// Makes a file with this text for as long as the body runs. See mkstemp(3).
  static func with<Result>(_ text: String, _ body: (_ path: String) async throws -> Result) async throws
    -> Result
  {
    var name = Array("/tmp/echod-test-XXXXXX".utf8CString)
    let number = mkstemp(&name)
    guard number >= 0 else { throw Errno(rawValue: errno) }
    close(number)
    let path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(path) }
    try write(text, to: path)
    return try await body(path)
  }

  /// Replaces what a file holds, or makes it.
  static func write(_ text: String, to path: String) throws {
    let file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .ownerReadWrite)
    try file.closeAfter { _ = try file.writeAll(text.utf8) }
  }

  /// Puts a pipe into the place of a file. See fifo(7).
  static func replaceByPipe(_ path: String) throws {
    guard unlink(path) == 0, mkfifo(path, 0o600) == 0 else { throw Errno(rawValue: errno) }
  }
}
