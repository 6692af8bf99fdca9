import Foundation
import Testing

@Suite("The README")
struct ReadmeTests {
  private static let readme = Result { try Repository.text(of: "README.md") }

  @Test("is short: it has at most 150 lines")
  func length() throws {
    #expect(try Self.readme.get().split(separator: "\n", omittingEmptySubsequences: false).count <= 151)
  }

  @Test("links to each page of the documentation, as the index does")
  func pages() throws {
    let readme = try Self.readme.get()
    let index = try Repository.text(of: "docs/README.md")
    let documents = try FileManager.default.subpathsOfDirectory(atPath: Repository.path(of: "docs"))
      .filter { $0.hasSuffix(".md") && $0 != "README.md" }
    #expect(documents.count > 10)
    for document in documents {
      #expect(readme.contains("](docs/\(document))"), "\(document)")
      #expect(index.contains("](\(document))"), "\(document)")
    }
  }
}
