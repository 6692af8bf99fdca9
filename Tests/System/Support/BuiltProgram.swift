import Glibc

/// The programs of this package, as they were built together with the tests.
enum BuiltProgram {
  static let echoc = directory + "/echoc"
  static let echod = directory + "/echod"

  /// Where they lie: beside the tests' own program. See proc(5), /proc/self/exe.
  static let directory: String = {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &path, path.count)
    let bytes = path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self).split(separator: "/").dropLast().map { "/" + $0 }.joined()
  }()
}
