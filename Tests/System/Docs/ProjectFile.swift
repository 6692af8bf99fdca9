import Foundation

/// The files of the project, found from this one's place.
enum ProjectFile {
  private static let root = #filePath.split(separator: "/").dropLast(4).map { "/\($0)" }.joined()

  static func text(of path: String) throws -> String {
    try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
  }
}
