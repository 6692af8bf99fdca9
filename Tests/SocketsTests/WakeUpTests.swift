import Glibc
import Testing

@testable import Sockets

@Suite("A wake-up")
struct WakeUpTests {
  private func isReady(_ wakeUp: WakeUp) throws -> Bool {
    try wakeUp.descriptor.wait(for: .readable, milliseconds: 0)
  }

  @Test("is ready from its first signal until it is cleared, however often it was signalled")
  func signals() throws {
    let wakeUp = try WakeUp()
    #expect(try !isReady(wakeUp))
    for _ in 0..<2 {
      for _ in 0..<1000 { wakeUp.signal() }
      #expect(try isReady(wakeUp))
      wakeUp.clear()
      #expect(try !isReady(wakeUp))
    }
  }

  @Test("is cleared without a signal, and does not block")
  func clearedTwice() throws {
    let wakeUp = try WakeUp()
    wakeUp.clear()
    wakeUp.signal()
    wakeUp.clear()
    wakeUp.clear()
    #expect(try !isReady(wakeUp))
  }

  @Test("is signalled from anywhere")
  func threads() async throws {
    let wakeUp = try WakeUp()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 { group.addTask { for _ in 0..<100 { wakeUp.signal() } } }
    }
    #expect(try isReady(wakeUp))
  }

  @Test("stays ready when its counter is full, and does not block")
  func full() throws {
    let wakeUp = try WakeUp()
    var most = UInt64.max - 1
    try #require(write(wakeUp.descriptor.number, &most, MemoryLayout<UInt64>.size) == 8)
    wakeUp.signal()
    #expect(try isReady(wakeUp))
    wakeUp.clear()
    #expect(try !isReady(wakeUp))
  }
}
