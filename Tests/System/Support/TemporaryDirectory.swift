import Foundation
import SystemPackage

/// A directory that is there as long as a test needs it.
enum TemporaryDirectory {
  /// Makes an empty directory for as long as the body runs, which may put files and directories into it. See mkdtemp(3).
  static func with<Result>(_ body: (_ path: String) async throws -> Result) async throws -> Result {
    var name = Array("/tmp/echod-test-XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { throw Errno(rawValue: errno) }
    let path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
  }
}
