import EchoCore
import Testing

@testable import EchoServer

@Suite("A PROXY header that a connection keeps")
struct KeptHeaderTests {
  private static func bytes(of field: ProxyHeader.Field?, in bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    field.map { Array(bytes[Int($0.offset)..<Int($0.offset) + Int($0.byteCount)]) }
  }

  @Test("has its values, and nothing else of a long header")
  func values() throws {
    let noop: [UInt8] = [4, 0xF0, 0] + [UInt8](repeating: 0, count: 0xF000)
    let values: [UInt8] = [2, 0, 3] + Array("a.b".utf8) + noop + [5, 0, 2, 1, 2] + [1, 0, 0]
    let length = UInt16(12 + values.count)
    let header =
      ProxyHeaders.binary().prefix(14) + [UInt8(length >> 8), UInt8(length & 0xFF)]
      + ProxyHeaders.binary()[16..<28] + values
    let kept = try header.withUnsafeBytes { bytes in
      guard case .header(let read) = ProxyHeader.read(bytes, .any) else { throw Unreadable() }
      return KeptHeader(read, bytes)
    }
    let facts = kept.facts
    withExtendedLifetime(kept) {
      #expect(facts.bytes.count == 5 && facts.header.source == ProxyHeaders.client)
      #expect(Self.bytes(of: facts.header.authority, in: facts.bytes) == Array("a.b".utf8))
      #expect(Self.bytes(of: facts.header.uniqueID, in: facts.bytes) == [1, 2])
      #expect(Self.bytes(of: facts.header.alpn, in: facts.bytes) == [])
    }
  }

  private struct Unreadable: Error {}

  @Test("has no values if the header has none")
  func none() throws {
    let kept = try ProxyHeaders.binary().withUnsafeBytes { bytes in
      guard case .header(let read) = ProxyHeader.read(bytes, .any) else { throw Unreadable() }
      return KeptHeader(read, bytes)
    }
    #expect(kept.facts.bytes.isEmpty && kept.facts.header.authority == nil)
  }
}
