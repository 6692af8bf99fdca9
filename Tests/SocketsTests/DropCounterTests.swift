import Testing

@testable import Sockets

@Suite("A counter of the kernel's drops")
struct DropCounterTests {
  @Test("counts what came since the last time, and nothing twice")
  func growth() {
    let counter = DropCounter(from: 7)
    #expect(counter.take { 7 } == 0)
    #expect(counter.take { 10 } == 3)
    #expect(counter.take { 10 } == 0)
    #expect(counter.take { 11 } == 1)
  }

  @Test("counts on when the kernel's 32 bits wrap")
  func wrap() {
    let counter = DropCounter(from: .max - 1)
    #expect(counter.take { 3 } == 5)
    #expect(counter.take { 2 } == Int(UInt32.max))
  }

  @Test("counts nothing when the kernel does not say, and all of it later")
  func failure() {
    let counter = DropCounter(from: 1)
    #expect(counter.take { nil } == 0)
    #expect(counter.take { 5 } == 4)
  }

  @Test("counts once what another owner reads at the same time")
  func twoOwners() {
    let counter = DropCounter(from: 0)
    var others: [Int] = []
    let own = counter.take {
      // The other reads a moment earlier, but is the first to finish.
      if others.isEmpty { others.append(counter.take { 4 }) }
      return 6
    }
    #expect(others == [4] && own == 2)
  }
}
