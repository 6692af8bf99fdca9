import SystemPackage
import Testing

@testable import Sockets

@Suite("A mapped buffer")
struct MappedBufferTests {
  @Test("is zeroed, and keeps what is written to any of its bytes", arguments: [1, 4096, 300_001])
  func bytes(byteCount: Int) throws {
    let buffer = try MappedBuffer(byteCount: byteCount)
    #expect(buffer.bytes.count == byteCount && buffer.bytes.allSatisfy { $0 == 0 })
    for index in buffer.bytes.indices { buffer.bytes[index] = UInt8(truncatingIfNeeded: index) }
    #expect(buffer.bytes.indices.allSatisfy { buffer.bytes[$0] == UInt8(truncatingIfNeeded: $0) })
    #expect(buffer.prefix(1).count == 1 && buffer.prefix(1).baseAddress == buffer.bytes.baseAddress)
  }

  @Test("fails with a shortage if there is no memory for it")
  func noRoom() {
    let error = #expect(throws: Errno.self) { try MappedBuffer(byteCount: 1 << 60) }
    #expect(error == .noMemory && error?.isShortage == true)
  }
}
