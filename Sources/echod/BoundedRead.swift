import SystemPackage

extension FileDescriptor {
  /// Reads to the end, but stops once it has more bytes than the limit, which is for the caller to refuse.
  func contents(upTo limit: Int) throws(Errno) -> [UInt8] {
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while contents.count <= limit {
      let count = try received(into: &buffer)
      if count == 0 { break }
      contents += buffer[..<count]
    }
    return contents
  }

  private func received(into buffer: inout [UInt8]) throws(Errno) -> Int {
    do {
      return try buffer.withUnsafeMutableBytes { try read(into: $0) }
    } catch {
      // swift-system's calls throw `any Error`, which is always an Errno.
      throw error as? Errno ?? .ioError
    }
  }
}
