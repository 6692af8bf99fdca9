import Addresses
import Glibc
import SystemPackage
import Testing
import TestSupport

@Suite("A restart of echod on a kernel that fails")
struct RestartFaultTests {
  private static let atHandOver =
    Strike.each(.socketpair, .tooManyOpenFiles, .noMemory)
    + Strike.each(.sendmsg, .noMemory, .noBufferSpace, Errno(rawValue: ETOOMANYREFS))
    + Strike.each(.memfdCreate, .tooManyOpenFiles, .noMemory) + Strike.each(.pwrite, .noSpace)
    + Strike.each(.addSeals, .notPermitted) + Strike.each(.pipe2, .tooManyOpenFiles)
    + Strike.each(.epollRemove, .noMemory)

  private static let atStart =
    Strike.each(.getsockname, .noBufferSpace) + Strike.each(.getsockopt, .noBufferSpace)
    + Strike.each(.setsockopt, .noMemory) + Strike.each(.epollAdd, .noSpace) + Strike.each(.mmap, .noMemory)
    + Strike.each(.recvmsg, .noMemory, .noBufferSpace) + Strike.each(.getpeername, .noBufferSpace)
    + Strike.each(.getSeals, .invalidArgument) + Strike.each(.pread, .ioError)

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

  /// A limit on descriptors that leaves some for connections.
  private static let few = ["/usr/bin/prlimit", "--nofile=100"]

  @Test(
    "ends the connections for which the new process has no descriptors, says how many, and has some to spare")
  func fewDescriptors() async throws {
    try await FaultyRestart.with { restart in
      let before = try await restart.runFirst(clients: 300)
      try await restart.manager.run(thenBy: .stop, wrapper: Self.few) { daemon in
        let served = try await restart.check(daemon, after: before, isFull: true)
        #expect(served > 0 && served < 300)
        // Without a free one, Dispatch ends the process.
        let descriptors = ProcessFacts(pid: daemon.program.pid).descriptors
        #expect(descriptors < 98)
      }
    }
  }

  @Test("keeps as many connections as a process may have, which leaves enough descriptors to hand them over")
  func allDescriptors() async throws {
    try await FaultyRestart.with { restart in
      let clients = try await restart.manager.run(wrapper: Self.few) { daemon in
        let all = try (0..<100).map { _ in try daemon.connect(to: "t") }
        for client in all { try await client.send([1]) }
        // The others wait in the kernel for a place.
        var last = Stats.Clients(current: 0, total: 0)
        let isFull = try await eventually {
          let before = last
          last = try await daemon.figures(of: "t").clients
          return last == before && all.count(where: { $0.hasInput() }) == last.current
        }
        #expect(isFull)
        let clients = all.filter { $0.hasInput() }
        for client in clients { _ = try await client.receive() }
        return clients
      }
      #expect(clients.count > 10 && clients.count < 100)
      try await restart.manager.run(thenBy: .stop, wrapper: Self.few) { daemon async throws in
        let replies = try await clients.asyncMap { try await $0.echo(of: "after") }
        let errors = String(decoding: daemon.program.printed(on: .errors), as: UTF8.self)
        #expect(Set(replies) == ["after"], "\(errors)")
        #expect(try await daemon.stats().restored == .init(connections: clients.count, sockets: 3, lost: 0))
      }
    }
  }
}
