import Addresses
import Testing
import TestSupport

@Suite("A restart of echod with a service manager that fails")
struct ManagerRestartFaultTests {
  @Test("serves what the store had room for", arguments: 0...5)
  func smallStore(maximum: Int) async throws {
    try await FaultyRestart.with(maximum: maximum) { restart in
      let before = try await restart.runFirst(keeps: maximum >= 3)
      #expect(restart.manager.names.count == maximum)
      try await restart.manager.run(thenBy: .stop) { daemon in
        // systemd does not say that its store is full.
        let served = try await restart.check(daemon, after: before, isKnown: maximum > 3)
        if maximum == 5 { #expect(served == FaultyRestart.clientCount) }
        if maximum <= 3 { #expect(served == 0) }
      }
    }
  }

  @Test("does not wait for a manager that reads nothing, and ends its connections", arguments: [false, true])
  func frozen(isFull: Bool) async throws {
    try await FaultyRestart.with { restart in
      let before = try await restart.runFirst { try restart.manager.freeze(full: isFull) }
      restart.manager.thaw()
      try await restart.manager.run(thenBy: .stop) { daemon in
        let served = try await restart.check(daemon, after: before)
        #expect(!isFull || served == 0)
      }
    }
  }

  @Test("loses nothing if the manager is busy for a while", arguments: [false, true])
  func busy(isFull: Bool) async throws {
    try await FaultyRestart.with { restart in
      let before = try await restart.runFirst {
        try restart.manager.freeze(full: isFull)
        Task {
          // There is nothing to wait for: echod waits for us.
          try await Task.sleep(for: .milliseconds(500))
          restart.manager.thaw()
        }
      }
      try await restart.manager.run(thenBy: .stop) { daemon in
        let served = try await restart.check(daemon, after: before)
        #expect(served == FaultyRestart.clientCount)
      }
    }
  }

  @Test("stores the bound sockets of the start when the manager reads again")
  func lateStart() async throws {
    try await FaultyRestart.with { restart in
      try restart.manager.freeze(full: true)
      try await restart.manager.run(thenBy: .stop) { _ in
        #expect(restart.manager.names.isEmpty)
        restart.manager.thaw()
        let areKept = await eventually { restart.manager.names == FaultyRestart.kept }
        #expect(areKept)
      }
    }
  }

  @Test("leaves no descriptor behind, however often", .timeLimit(.minutes(5)))
  func descriptors() async throws {
    try await FaultyRestart.with { restart in
      let before = try await restart.runFirst()
      var counts: [Int] = []
      for _ in 0..<100 {
        try await restart.manager.run { daemon in
          counts.append(ProcessFacts(pid: daemon.program.pid).descriptors)
        }
      }
      #expect(Set(counts).count <= 3, "\(counts)")
      #expect(restart.manager.names.count == 5)
      try await restart.manager.run(thenBy: .stop) { daemon in
        let served = try await restart.check(daemon, after: before)
        #expect(served == FaultyRestart.clientCount)
      }
    }
  }
}
