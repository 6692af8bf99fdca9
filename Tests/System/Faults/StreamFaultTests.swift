import Glibc
import SystemPackage
import Testing
import TestSupport

@Suite("echod's TCP listeners on a kernel that fails")
struct StreamFaultTests {
  /// What lasts while the machine is short of something, or a filter forbids it.
  private static let lasting =
    Strike.each(.recv, .noBufferSpace, .noMemory) + Strike.each(.send, .noBufferSpace, .noMemory, .wouldBlock)
    + Strike.each(.epollAdd, .noMemory, .noSpace) + Strike.each(.epollModify, .noMemory)
    + Strike.each(.accept4, .tooManyOpenFiles, .noMemory, .connectionAbort, .notPermitted)
    + Strike.each(.mmap, .noMemory, .resourceTemporarilyUnavailable)

  /// What ends as one of those does.
  private static let alike = Strike.each(.accept4, .tooManyOpenFilesInSystem, .noBufferSpace, .protocolError)

  /// What never lasts: a signal, a false readiness.
  private static let moments =
    Strike.each(.recv, .interrupted, .wouldBlock) + Strike.each(.send, .interrupted)
    + Strike.each(.accept4, .interrupted, .wouldBlock)

  @Test("give each client every byte while one call in three fails", arguments: lasting + alike + moments)
  func everyThird(_ strike: Strike) async throws {
    try await FaultyDaemon.with { echod in
      let before = echod.process.descriptors
      // A partial send has to wait for room.
      if strike.call == .epollModify { echod.faults.inject(.atMost(10_000), at: .send, .every(2)) }
      echod.faults.inject(.error(strike.error), at: strike.call, .every(3))
      let areRight = try await echod.converse()
      #expect(areRight)
      #expect(echod.faults.struck(strike.call) > 0)
      let isClean = try await echod.isCleanAgain(before)
      #expect(isClean)
      try await expectWholeFigures(of: echod, clients: 4, bytes: 400_000)
    }
  }

  @Test(
    "use no processor time and log little while a call always fails, and give each client every byte later",
    arguments: lasting)
  func always(_ strike: Strike) async throws {
    try await FaultyDaemon.with { echod in
      let before = echod.process.descriptors
      if strike.call == .epollModify { echod.faults.inject(.atMost(10_000), at: .send, .every(2)) }
      echod.faults.inject(.error(strike.error), at: strike.call, .every(1))
      async let areRight = echod.converse()
      let isStruck = await eventually { echod.faults.struck(strike.call) > 0 }
      #expect(isStruck)
      let hasLogged = await echod.hasLogged(warnings: 1)
      #expect(hasLogged)
      let isIdle = try await echod.isIdle()
      #expect(isIdle)
      #expect(echod.warnings.count == 1, "\(echod.warnings)")
      echod.faults.end()
      #expect(try await areRight)
      let isClean = try await echod.isCleanAgain(before)
      #expect(isClean)
      try await expectWholeFigures(of: echod, clients: 4, bytes: 400_000)
    }
  }

  @Test(
    "give each client every byte however little one call takes",
    arguments: [(.recv, 1), (.recv, 1000), (.send, 1), (.send, 1000)] as [(InjectedFaults.Call, UInt64)])
  func short(call: InjectedFaults.Call, most: UInt64) async throws {
    try await FaultyDaemon.with { echod in
      let before = echod.process.descriptors
      echod.faults.inject(.atMost(most), at: call, .every(1))
      let bytes = Int(most) * 100
      let areRight = try await echod.converse(clients: 2, bytes: bytes)
      #expect(areRight)
      #expect(echod.faults.struck(call) > 100)
      let isClean = try await echod.isCleanAgain(before)
      #expect(isClean)
      try await expectWholeFigures(of: echod, clients: 2, bytes: 2 * bytes)
    }
  }

  @Test(
    "end the one connection whose peer is gone, and serve the others and the next",
    arguments: Strike.each(.recv, .connectionReset, .timedOut, .noRouteToHost)
      + Strike.each(.send, .connectionReset, .brokenPipe, .timedOut))
  func end(_ strike: Strike) async throws {
    try await FaultyDaemon.with { echod in
      let before = echod.process.descriptors
      do {
        let server = try echod.daemon.endpoint(of: "tcp")
        let (survivor, victim) = (try PlainSocket(connectedTo: server), try PlainSocket(connectedTo: server))
        for client in [survivor, victim] {
          try await client.send([1])
          #expect(try await client.receive() == [1])
        }
        echod.faults.inject(.error(strike.error), at: strike.call, .once(1))
        try await victim.send([2])
        // A close with bytes that were not read is a reset.
        #expect(try await victim.receiveToEndOrReset() ?? [] == [])
        #expect(echod.faults.struck(strike.call) == 1)
        try await survivor.send([3])
        #expect(try await survivor.receive() == [3])
        let figures = try await echod.figures("tcp")
        #expect(figures.clients == Stats.Clients(current: 1, total: 2))
        #expect(figures.dropped.sendFailed == (strike.call == .send ? 1 : 0))
        #expect(figures.messages.received == figures.messages.sent + figures.dropped.sendFailed)
      }
      let areRight = try await echod.converse()
      #expect(areRight)
      let isClean = try await echod.isCleanAgain(before)
      #expect(isClean)
    }
  }

  @Test("send what they have kept even without memory to keep more, and then go on")
  func noMemoryForMore() async throws {
    try await FaultyDaemon.with { echod in
      let clients = try await echod.daemon.stalledClients(2, of: "tcp")
      let before = try await echod.figures("tcp")
      echod.faults.inject(.error(.noMemory), at: .mmap, .every(1))
      for client in clients { client.shutdownSending() }
      async let first = clients[0].receiveToEnd()
      async let second = clients[1].receiveToEnd()
      let areSent = try await eventually {
        let figures = try await echod.figures("tcp")
        return figures.messages.sent >= before.messages.sent + 2
          && figures.messages.sent == figures.messages.received
      }
      #expect(areSent)
      echod.faults.end()
      let received = try await (first.count, second.count)
      let figures = try await echod.figures("tcp")
      #expect(received.0 + received.1 == figures.bytes.received && figures.dropped.total == 0)
    }
  }

  @Test(
    "return memory even if the kernel refuses to unmap it",
    .enabled(if: !BuiltProgram.isSanitized, "a sanitizer has memory of its own"))
  func failingUnmap() async throws {
    try await FaultyDaemon.with { echod in
      let before = echod.process.residentBytes
      var clients = try await echod.daemon.stalledClients(100, of: "tcp")
      let peak = echod.process.residentBytes
      echod.faults.inject(.error(.noMemory), at: .munmap, .every(1))
      clients.removeAll()
      let isBack = await eventually { echod.process.residentBytes - before < (peak - before) / 4 * 3 }
      #expect(isBack, "\(echod.process.residentBytes - before) of \(peak - before) bytes")
      #expect(echod.faults.struck(.munmap) > 0)
      echod.faults.end()
    }
  }

  private func expectWholeFigures(of echod: FaultyDaemon, clients: Int, bytes: Int) async throws {
    let figures = try await echod.figures("tcp")
    #expect(figures.bytes == Stats.InAndOut(received: bytes, sent: bytes))
    #expect(figures.messages.received == figures.messages.sent)
    #expect(figures.clients == Stats.Clients(current: 0, total: clients))
    #expect(figures.dropped.total == 0)
  }
}
