import Foundation

/// The checkout that the tests belong to.
enum Repository {
  private static let root = #filePath.split(separator: "/").dropLast(4).map { "/\($0)" }.joined()

  /// Where a file of it is.
  static func path(of file: String) -> String { "\(root)/\(file)" }

  /// What a file of it says.
  static func text(of file: String) throws -> String {
    try String(contentsOfFile: path(of: file), encoding: .utf8)
  }
}
