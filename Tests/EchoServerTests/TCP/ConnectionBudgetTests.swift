import Testing

@testable import EchoServer

@Suite("A budget of connections")
struct ConnectionBudgetTests {
  @Test("gives as many places as its limit says, and one again for each that comes back")
  func places() {
    let budget = ConnectionBudget(limit: 2)
    #expect(budget.take() && budget.take())
    // Asking in vain takes nothing.
    #expect(!budget.take() && !budget.take())
    budget.giveBack()
    #expect(budget.take())
    #expect(!budget.take())
  }

  @Test("gives more under a higher limit, and none under a lower one until enough came back")
  func changedLimit() {
    let budget = ConnectionBudget(limit: 2)
    #expect(budget.take() && budget.take())
    budget.changeLimit(to: 3)
    #expect(budget.take() && !budget.take())
    budget.changeLimit(to: 1)
    for _ in 0..<2 {
      budget.giveBack()
      #expect(!budget.take())
    }
    budget.giveBack()
    #expect(budget.take())
  }

  @Test("never gives a place too many when several take at once")
  func concurrency() async {
    let budget = ConnectionBudget(limit: 1000)
    let taken = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask { (0..<1000).count { _ in budget.take() } }
      }
      return await group.reduce(0, +)
    }
    #expect(taken <= 1000)
    for _ in 0..<taken { budget.giveBack() }
    #expect((0..<1001).count { _ in budget.take() } == 1000)
  }

  @Test(
    "of a process leaves descriptors to the rest of it, and always one to connections",
    arguments: [
      (1024, 24, 936), (1024, 0, 960), (20_000, 100, 19_836), (256 + 10, 10, 192), (100 + 10, 10, 75),
      (14, 10, 3), (11, 10, 1), (10, 10, 1), (1, 100, 1), (.max, 8, .max - 72),
    ])
  func processLimit(descriptorLimit: Int, own: Int, limit: Int) {
    #expect(ConnectionBudget.limit(descriptorLimit: descriptorLimit, own: own) == limit)
  }
}
