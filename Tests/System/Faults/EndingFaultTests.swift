import Glibc
import SystemPackage
import Testing
import TestSupport

@Suite("Connections of echod that end on a kernel that fails")
struct EndingFaultTests {
  @Test(
    "get the reply whole, and then the end",
    arguments: Strike.each(.shutdown, .socketNotConnected) + Strike.each(.send, .noBufferSpace))
  func endAfterReply(_ strike: Strike) async throws {
    try await FaultyDaemon.with { echod in
      echod.faults.inject(.error(strike.error), at: strike.call, .once(1))
      let client = try PlainSocket(connectedTo: echod.daemon.endpoint(of: "course"))
      try await client.send(Array("hello".utf8))
      #expect(try await client.receiveToEnd() == Array("hello".utf8))
      #expect(echod.faults.struck(strike.call) == 1)
      let figures = try await echod.figures("course")
      #expect(figures.messages == Stats.InAndOut(received: 1, sent: 1))
      #expect(figures.dropped.total == 0)
    }
  }

  @Test("are closed in time though memory is short after the reply")
  func lingering() async throws {
    try await FaultyDaemon.with { echod in
      // On a busy machine the connection may be closed before the fault strikes.
      for attempt in 1...5 {
        let client = try PlainSocket(connectedTo: echod.daemon.endpoint(of: "course"))
        try await client.send(Array("hello".utf8))
        #expect(try await client.receiveToEnd() == Array("hello".utf8))
        echod.faults.inject(.error(.noBufferSpace), at: .recv, .every(1))
        try? await client.send(Array("more".utf8))
        let isIdle = try await echod.isIdle()
        let strikes = echod.faults.struck(.recv)
        // It is closed when the kernel resets the connection.
        let isOver = await eventually { (try? await client.send([1])) == nil }
        echod.faults.end()
        try #require(isIdle && isOver)
        if strikes < 2 { continue }
        let figures = try await echod.figures("course")
        #expect(figures.clients == Stats.Clients(current: 0, total: attempt))
        return
      }
      Issue.record("it was closed early each time")
    }
  }

  @Test(
    "are closed by the idle timeout though memory is short, and counted",
    arguments: Strike.each(.send, .noMemory))
  func idleTimeout(_ strike: Strike) async throws {
    try await FaultyDaemon.with { echod in
      // On a busy machine the connection may be idle for too long before it is used.
      for attempt in 1...5 {
        let client = try PlainSocket(connectedTo: echod.daemon.endpoint(of: "idle"))
        echod.faults.inject(.error(strike.error), at: strike.call, .every(1))
        try? await client.send(Array("hello".utf8))
        let end = try await client.receiveToEndOrReset()
        let strikes = echod.faults.struck(strike.call)
        echod.faults.end()
        if strikes == 0 { continue }
        #expect(end == nil && strikes > 1)
        let figures = try await echod.figures("idle")
        #expect(figures.clients == Stats.Clients(current: 0, total: attempt))
        #expect(figures.dropped.sendFailed == 1)
        return
      }
      Issue.record("it was idle too early each time")
    }
  }

  @Test(
    "get replies to everything received before shutdown",
    arguments: Strike.each(.send, .noBufferSpace) + Strike.each(.recv, .noMemory)
      + Strike.each(.epollAdd, .noSpace))
  func stop(_ strike: Strike) async throws {
    // So long that a busy machine does not cut off the replies.
    try await FaultyDaemon.with(FaultyDaemon.configuration(drainSeconds: 60)) { echod in
      echod.faults.inject(.error(strike.error), at: strike.call, .every(1))
      let client = try PlainSocket(connectedTo: echod.daemon.endpoint(of: "tcp"))
      let message = noise(100_000)
      try await client.send(message)
      let isStruck = await eventually { echod.faults.struck(strike.call) > 0 }
      #expect(isStruck)
      echod.daemon.program.signal(SIGTERM)
      _ = try await echod.daemon.program.line(on: .errors) {
        $0.contains("udp: draining echo on udp")
      }
      echod.faults.end()
      #expect(try await client.receiveToEnd() == message)
      let outcome = try await echod.daemon.program.outcome()
      #expect(outcome.ending == .exit(0))
    }
  }

  @Test(
    "do not delay shutdown for longer than the drain",
    arguments: Strike.each(.send, .noBufferSpace) + Strike.each(.recv, .noMemory)
      + Strike.each(.epollAdd, .noSpace)
      + Strike.each(.accept4, .tooManyOpenFiles, .notPermitted))
  func hopelessStop(_ strike: Strike) async throws {
    try await FaultyDaemon.with { echod in
      echod.faults.inject(.error(strike.error), at: strike.call, .every(1))
      let client = try PlainSocket(connectedTo: echod.daemon.endpoint(of: "tcp"))
      try await client.send([1])
      let isStruck = await eventually { echod.faults.struck(strike.call) > 0 }
      #expect(isStruck)
      echod.daemon.program.signal(SIGTERM)
      let outcome = try await echod.daemon.program.outcome()
      #expect(outcome.ending == .exit(0))
      // A drain that retried without a pause would make very many calls.
      #expect(echod.faults.struck(strike.call) < 100_000)
    }
  }
}
