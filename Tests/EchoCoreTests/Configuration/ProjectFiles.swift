import EchoCore
import Glibc
import Testing

/// The project's files, found from this one's place.
enum ProjectFiles {
  /// The directory of Package.swift.
  static let root = #filePath.split(separator: "/").dropLast(4).map { "/\($0)" }.joined()

  static let schemaPath = "\(root)/config/echod.schema.json"

  /// The schema of the configuration.
  static func schema() throws -> JSONValue {
    try JSONValue(parsing: bytes(of: schemaPath))
  }

  /// The configurations that are delivered.
  static let configurations =
    paths(matching: "\(root)/config/*.json").filter { !$0.hasSuffix(".schema.json") }
    + paths(matching: "\(root)/config/examples/*.json")

  /// A file's content, up to a byte more than a configuration may have.
  static func bytes(of path: String) throws -> [UInt8] {
    let file = try #require(fopen(path, "r"), "\(path) cannot be opened")
    defer { fclose(file) }
    return [UInt8](unsafeUninitializedCapacity: Limits.fileBytes + 1) { buffer, count in
      count = fread(buffer.baseAddress, 1, buffer.count, file)
    }
  }

  private static func paths(matching pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
  }
}

extension JSONValue {
  /// The member of an object, or `nil`.
  subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }
}
