import Glibc
import SystemPackage
import Testing
import TestSupport

@Suite("echod's UDP listeners on a kernel that fails")
struct DatagramFaultTests {
  private static let receiveErrors = Strike.each(
    .recvmmsg, .noMemory, .noBufferSpace, .notPermitted, .noRouteToHost, .networkUnreachable,
    .connectionRefused)
  private static let sendErrors = Strike.each(
    .sendmmsg, .noMemory, .noBufferSpace, .notPermitted, .noRouteToHost, .networkUnreachable,
    .connectionRefused)

  @Test(
    "answer every datagram while one receive in three fails",
    arguments: receiveErrors + Strike.each(.recvmmsg, .interrupted, .wouldBlock))
  func receiveEveryThird(_ strike: Strike) async throws {
    try await FaultyDaemon.with { echod in
      let client = try PlainSocket(.udp)
      echod.faults.inject(.error(strike.error), at: strike.call, .every(3))
      for _ in 0..<10 {
        try echod.sendDatagrams(1, from: client)
        let reply = try await client.receiveDatagram()
        #expect(reply.bytes == noise(1, seed: 0))
      }
      #expect(echod.faults.struck(strike.call) >= 3)
      let figures = try await echod.figures("udp")
      #expect(figures.messages == Stats.InAndOut(received: 10, sent: 10))
      #expect(figures.dropped.total == 0)
    }
  }

  @Test(
    "use no processor time while every receive fails, and answer the waiting datagrams afterwards",
    arguments: Strike.each(.recvmmsg, .noMemory, .connectionRefused) + Strike.each(.epollAdd, .noMemory))
  func receiveAlways(_ strike: Strike) async throws {
    try await FaultyDaemon.with { echod in
      let before = echod.process.descriptors
      let client = try PlainSocket(.udp)
      echod.faults.inject(.error(strike.error), at: strike.call, .every(1))
      // One failure pauses the socket, which then has to be added again.
      if strike.call == .epollAdd { echod.faults.inject(.error(.noMemory), at: .recvmmsg, .once(1)) }
      try echod.sendDatagrams(50, from: client)
      let isStruck = await eventually { echod.faults.struck(strike.call) > 0 }
      #expect(isStruck)
      let isIdle = try await echod.isIdle()
      #expect(isIdle && !client.hasInput())
      let isClean = try await echod.isCleanAgain(before)
      #expect(isClean)
      let isDone = try await eventually { try await echod.figures("udp").messages.sent == 50 }
      let replies = try await echod.takeReplies(to: 50, from: client)
      #expect(isDone && replies == 50)
    }
  }

  @Test(
    "send two replies in three, and count the third, while one send in three fails", arguments: sendErrors)
  func sendEveryThird(_ strike: Strike) async throws {
    try await FaultyDaemon.with { echod in
      let client = try PlainSocket(.udp)
      echod.faults.inject(.error(strike.error), at: strike.call, .every(3))
      for number in 1...12 {
        try echod.sendDatagrams(1, from: client)
        if number % 3 != 1 {
          let reply = try await client.receiveDatagram()
          #expect(reply.bytes == noise(1, seed: 0))
        }
        let isCounted = try await eventually { try await echod.figures("udp").messages.received == number }
        #expect(isCounted && !client.hasInput())
      }
      #expect(echod.faults.struck(strike.call) == 4)
      let figures = try await echod.figures("udp")
      #expect(figures.messages == Stats.InAndOut(received: 12, sent: 8))
      #expect(figures.dropped.total == 4 && figures.dropped.sendFailed == 4)
    }
  }

  @Test("lose the one reply of a batch that is refused, and send the others", arguments: sendErrors)
  func sendOfBatch(_ strike: Strike) async throws {
    try await FaultyDaemon.with { echod in
      let client = try PlainSocket(.udp)
      echod.faults.inject(.error(strike.error), at: strike.call, .once(1))
      try await echod.whileItIsStopped { try echod.sendDatagrams(60, from: client) }
      let isDone = try await eventually { try await echod.figures("udp").messages.sent == 59 }
      #expect(isDone && echod.faults.struck(strike.call) == 1)
      let replies = try await echod.takeReplies(to: 60, from: client)
      let figures = try await echod.figures("udp")
      #expect(replies == 59 && figures.dropped.sendFailed == 1)
    }
  }

  @Test("send every reply while the send buffer is full now and then")
  func fullBuffer() async throws {
    try await FaultyDaemon.with { echod in
      let client = try PlainSocket(.udp)
      echod.faults.inject(.error(.wouldBlock), at: .sendmmsg, .every(2))
      for _ in 0..<10 {
        try echod.sendDatagrams(1, from: client)
        let reply = try await client.receiveDatagram()
        #expect(reply.bytes == noise(1, seed: 0))
      }
      // Each reply is refused once, and waited for.
      #expect(echod.faults.struck(.sendmmsg) == 10 && echod.faults.seen(.poll) == 10)
      let figures = try await echod.figures("udp")
      #expect(figures.messages == Stats.InAndOut(received: 10, sent: 10))
      #expect(figures.dropped.total == 0)
    }
  }

  @Test(
    "drop replies and count them while every send fails, and use no processor time",
    arguments: Strike.each(.sendmmsg, .noBufferSpace, .notPermitted, .wouldBlock))
  func sendAlways(_ strike: Strike) async throws {
    try await FaultyDaemon.with { echod in
      let before = echod.process.descriptors
      let client = try PlainSocket(.udp)
      echod.faults.inject(.error(strike.error), at: strike.call, .every(1))
      try await echod.whileItIsStopped { try echod.sendDatagrams(60, from: client) }
      let isCounted = try await eventually { try await echod.figures("udp").dropped.sendFailed == 60 }
      let isIdle = try await echod.isIdle()
      #expect(isCounted && isIdle && !client.hasInput())
      let isClean = try await echod.isCleanAgain(before)
      #expect(isClean)
      try echod.sendDatagrams(1, from: client)
      let reply = try await client.receiveDatagram()
      #expect(reply.bytes == noise(1, seed: 0))
      let figures = try await echod.figures("udp")
      #expect(figures.messages == Stats.InAndOut(received: 61, sent: 1))
    }
  }

  @Test("drop replies and count them while waiting for room fails too")
  func failedWait() async throws {
    try await FaultyDaemon.with { echod in
      let client = try PlainSocket(.udp)
      echod.faults.inject(.error(.wouldBlock), at: .sendmmsg, .every(1))
      echod.faults.inject(.error(.noMemory), at: .poll, .every(1))
      try await echod.whileItIsStopped { try echod.sendDatagrams(60, from: client) }
      let isCounted = try await eventually { try await echod.figures("udp").dropped.sendFailed == 60 }
      #expect(isCounted && echod.faults.struck(.poll) > 0 && !client.hasInput())
    }
  }

  @Test(
    "answer each datagram once however few one call takes",
    arguments: [(.recvmmsg, 1), (.recvmmsg, 7), (.sendmmsg, 1), (.sendmmsg, 7)]
      as [(InjectedFaults.Call, UInt64)])
  func short(call: InjectedFaults.Call, most: UInt64) async throws {
    try await FaultyDaemon.with { echod in
      let client = try PlainSocket(.udp)
      echod.faults.inject(.atMost(most), at: call, .every(1))
      try await echod.whileItIsStopped { try echod.sendDatagrams(60, from: client) }
      let isDone = try await eventually { try await echod.figures("udp").messages.sent == 60 }
      #expect(isDone && echod.faults.struck(call) >= 59 / most)
      let replies = try await echod.takeReplies(to: 60, from: client)
      let figures = try await echod.figures("udp")
      #expect(replies == 60 && figures.messages.received == 60 && figures.dropped.total == 0)
      #expect(figures.bytes == Stats.InAndOut(received: 60 * 61 / 2, sent: 60 * 61 / 2))
    }
  }

  @Test("answer the waiting datagrams on shutdown, though the kernel was short a moment ago")
  func stop() async throws {
    try await FaultyDaemon.with { echod in
      let client = try PlainSocket(.udp)
      echod.faults.inject(.error(.noMemory), at: .recvmmsg, .once(1))
      try await echod.whileItIsStopped {
        try echod.sendDatagrams(20, from: client)
        echod.daemon.program.signal(SIGTERM)
      }
      let outcome = try await echod.daemon.program.outcome()
      #expect(outcome.ending == .exit(0))
      #expect(echod.faults.struck(.recvmmsg) == 1)
      let replies = try await echod.takeReplies(to: 20, from: client)
      #expect(replies == 20)
    }
  }
}
