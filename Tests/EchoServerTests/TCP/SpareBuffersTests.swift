import Sockets
import Testing
import TestSupport

@testable import EchoServer

@Suite("The spare buffers of a queue")
final class SpareBuffersTests {
  private let loop: EventLoop
  private let spares: SpareBuffers

  init() throws {
    loop = try EventLoop(label: "test")
    spares = SpareBuffers(on: loop)
  }

  deinit { loop.stop() }

  @Test("are one after a reservation, however often it is repeated")
  func reserve() throws {
    for _ in 0..<3 { try spares.reserve() }
    #expect(spares.count == 1)
    #expect(spares.take().bytes.count == SpareBuffers.byteCount && spares.count == 0)
  }

  @Test("are used again, the last one first")
  func reuse() throws {
    try spares.reserve()
    let (first, second) = (spares.take(), try MappedBuffer(byteCount: SpareBuffers.byteCount))
    spares.giveBack(first)
    spares.giveBack(second)
    try spares.reserve()
    #expect(spares.take() === second && spares.take() === first)
  }

  @Test("are limited in number")
  func limit() throws {
    for _ in 0..<SpareBuffers.limit + 3 {
      spares.giveBack(try MappedBuffer(byteCount: SpareBuffers.byteCount))
    }
    #expect(spares.count == SpareBuffers.limit)
  }

  @Test("are released a moment after one was returned")
  func release() async throws {
    let buffer = try MappedBuffer(byteCount: SpareBuffers.byteCount)
    spares.giveBack(buffer)
    #expect(spares.count == 1)
    let areReleased = await eventually {
      loop.serveWaiting { _ in }
      return spares.count == 0
    }
    #expect(areReleased)
  }

  @Test("hold the bytes that a peer did not take, and are spare again when all are sent")
  func unsentBytes() throws {
    try spares.reserve()
    let message: [UInt8] = [1, 2, 3, 4, 5]
    var rest = message.withUnsafeBytes { UnsentBytes(copying: $0, to: spares) }
    #expect(spares.count == 0)
    rest.removeFirst(2)
    #expect(bytes(of: rest) == [3, 4, 5] && !rest.isEmpty)
    rest.removeFirst(3)
    #expect(bytes(of: rest) == [] && rest.isEmpty)
    rest.giveBack()
    #expect(spares.count == 1)
  }

  @Test("are not needed for bytes in an array")
  func unsentArray() {
    let message: [UInt8] = [2, 3, 4, 5]
    var rest = message.withUnsafeBytes { UnsentBytes(copying: $0) }
    rest.removeFirst(1)
    #expect(bytes(of: rest) == [3, 4, 5])
    rest.giveBack()
    #expect(spares.count == 0)
  }

  private func bytes(of rest: UnsentBytes) -> [UInt8] { rest.withGranted { Array($0) } }
}
