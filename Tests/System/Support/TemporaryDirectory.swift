import Glibc
import SystemPackage

/// A directory that is there as long as a test needs it.
enum TemporaryDirectory {
  /// Makes an empty directory for as long as the body runs, which may put files into it. See mkdtemp(3).
  static func with<Result>(_ body: (_ path: String) async throws -> Result) async throws -> Result {
    var name = Array("/tmp/echod-test-XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { throw Errno(rawValue: errno) }
    let path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { remove(path) }
    return try await body(path)
  }

  private static func remove(_ path: String) {
    var files = glob_t()
    defer { globfree(&files) }
    if glob("\(path)/*", 0, nil, &files) == 0 {
      for index in 0..<Int(files.gl_pathc) {
        if let file = files.gl_pathv[index] { unlink(file) }
      }
    }
    rmdir(path)
  }
}
