import Addresses
import Glibc
import SystemPackage
import Testing
import TestSupport

@Suite("A restart of echod on a kernel that fails")
struct RestartFaultTests {
  private static let atHandOver =
    Strike.each(.epollRemove, .noMemory)

  private static let atStart =
    Strike.each(.getsockname, .noBufferSpace) + Strike.each(.getsockopt, .noBufferSpace)
    + Strike.each(.setsockopt, .noMemory) + Strike.each(.epollAdd, .noSpace) + Strike.each(.mmap, .noMemory)
    + Strike.each(.bind, .addressInUse) + Strike.each(.listen, .noMemory)

  @Test("serves what it can, whichever call of the hand-over fails", arguments: atHandOver)
  func handOver(_ strike: Strike) async throws {
    var (number, isStruck): (UInt64, Bool) = (0, false)
    repeat {
      number += 1
      isStruck = try await handOver(strike, .once(number))
    } while isStruck
  }

  @Test("serves what it can if a call of the hand-over always fails", arguments: atHandOver)
  func hopelessHandOver(_ strike: Strike) async throws { _ = try await handOver(strike, .every(1)) }

  /// Restarts echod with a fault at the hand-over. Returns whether it struck.
  private func handOver(_ strike: Strike, _ pace: InjectedFaults.Pace) async throws -> Bool {
    try await FaultyRestart.with { restart in
      let before = try await restart.runFirst {
        restart.faults.inject(.error(strike.error), at: strike.call, pace)
      }
      let isStruck = restart.faults.struck(strike.call) > 0
      restart.faults.end()
      try await restart.manager.run(thenBy: .stop) { daemon in
        let served = try await restart.check(daemon, after: before)
        #expect(isStruck || served == FaultyRestart.clientCount)
      }
      return isStruck
    }
  }

  @Test("loses nothing that a later start could serve, whichever call of the start fails", arguments: atStart)
  func start(_ strike: Strike) async throws {
    var (number, isStruck): (UInt64, Bool) = (0, false)
    repeat {
      number += 1
      isStruck = try await start(strike, number: number)
    } while isStruck
    #expect(number > 1)
  }

  /// Starts echod for the second time with one fault. Returns whether it struck.
  private func start(_ strike: Strike, number: UInt64) async throws -> Bool {
    try await FaultyRestart.with { restart in
      let (manager, faults) = (restart.manager, restart.faults)
      let before = try await restart.runFirst()
      let stored = manager.names
      faults.inject(.error(strike.error), at: strike.call, .once(number))
      let isReady = try await manager.startDaemon(environment: faults.environment) { program in
        let ready = try? await program.line(on: .errors) { $0.hasSuffix(" is ready") }
        faults.end()
        if ready != nil {
          try await restart.check(
            RunningDaemon(program, configurationPath: manager.configurationPath), after: before)
          try await manager.end(program, by: .stop)
        } else {
          #expect(try await program.outcome().ending == .exit(71))
        }
        return ready != nil
      }
      if !isReady {
        #expect(manager.names == stored, "call \(number)")
        try await manager.run(thenBy: .stop) { daemon in
          let served = try await restart.check(daemon, after: before)
          #expect(served == FaultyRestart.clientCount, "call \(number)")
        }
      }
      return faults.struck(strike.call) > 0
    }
  }

  @Test("ends the connections for which the new process has no descriptors, and says how many")
  func fewDescriptors() async throws {
    try await FaultyRestart.with { restart in
      let before = try await restart.runFirst(clients: 300)
      try restart.manager.configure(
        FaultyRestart.configuration.replacing(
          #""transport": "tcp","#, with: #""transport": "tcp", "maxConnections": 1,"#))
      let served = try await restart.manager.run(
        thenBy: .stop, wrapper: ["/usr/bin/prlimit", "--nofile=100"]
      ) { daemon in
        try await restart.check(daemon, after: before)
      }
      #expect(served > 0 && served < 300)
    }
  }
}
