import Glibc
import SystemPackage
import Testing
import TestSupport

@Suite("Signals that interrupt echod's system calls")
struct SignalFaultTests {
  /// adjtimex(2) is never interrupted, and these tests have no service manager.
  private static let calls = InjectedFaults.Call.allCases.filter {
    $0 != .adjtimex && !InjectedFaults.Call.ofServiceManager.contains($0)
  }

  @Test("change nothing from its start over a reload to its stop", arguments: calls)
  func everyOther(_ call: InjectedFaults.Call) async throws {
    let interrupt: (InjectedFaults) -> Void = { faults in
      // There is something to wait for only when there is no room.
      if call == .poll { faults.inject(.error(.wouldBlock), at: .sendmmsg, .every(2)) }
      if call == .epollModify { faults.inject(.atMost(10_000), at: .send, .every(2)) }
      faults.inject(.error(.interrupted), at: call, .every(2))
    }
    try await FaultyDaemon.with(prepare: interrupt) { echod in
      try await expectService(of: echod, round: 1)
      let changed = FaultyDaemon.configuration
        .replacing(#""name": "tcp","#, with: #""name": "tcp", "queues": 2,"#)
        .replacing(#""transport": "udp","#, with: #""transport": "udp", "sendBufferBytes": 65536,"#)
      try TemporaryFile.write(changed, to: echod.daemon.configurationPath)
      echod.daemon.program.signal(SIGHUP)
      _ = try await echod.daemon.program.line(on: .errors) { $0.contains(" was read again") }
      try await expectService(of: echod, round: 2)
      // echod ends a connection that is open.
      let client = try PlainSocket(connectedTo: echod.daemon.endpoint(of: "tcp"))
      try await client.send([1])
      #expect(try await client.receive() == [1])
      echod.daemon.program.signal(SIGTERM)
      #expect(try await client.receive().isEmpty)
      let outcome = try await echod.daemon.program.outcome()
      #expect(outcome.ending == .exit(0))
      #expect(echod.faults.struck(call) > 0)
    }
  }

  /// Clients of every listener get what they should, and the statistics show it at once.
  private func expectService(of echod: FaultyDaemon, round: Int) async throws {
    let areRight = try await echod.converse()
    #expect(areRight)
    let course = try PlainSocket(connectedTo: echod.daemon.endpoint(of: "course"))
    try await course.send(Array("hello".utf8))
    #expect(try await course.receiveToEnd() == Array("hello".utf8))
    let client = try PlainSocket(.udp)
    for number in 1...5 {
      try echod.sendDatagrams(1, from: client)
      let reply = try await client.receiveDatagram()
      #expect(reply.bytes == noise(1, seed: 0))
      let stats = try await echod.daemon.stats()
      let datagrams = 5 * (round - 1) + number
      #expect(stats[listener: "udp"]?.messages == Stats.InAndOut(received: datagrams, sent: datagrams))
      #expect(stats[listener: "udp"]?.dropped.total == 0)
      #expect(
        stats[listener: "tcp"]?.bytes == Stats.InAndOut(received: 400_000 * round, sent: 400_000 * round))
      #expect(stats[listener: "course"]?.messages == Stats.InAndOut(received: round, sent: round))
    }
  }
}
