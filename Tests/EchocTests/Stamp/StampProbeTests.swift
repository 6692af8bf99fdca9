import EchoCore
import Sockets
import Testing

@testable import echoc

@Suite("The probes of a reflector")
struct StampProbeTests {
  @Test(
    "count whichever of them is answered, even if others were sent meanwhile", arguments: [0, 1, 7],
    [true, false])
  func late(answered: Int, isStateful: Bool) throws {
    let reflector = try DatagramSocket(boundTo: loopback(1))
    let endpoint = try ServerEndpoint("stamp://\(try #require(try reflector.descriptor.localEndpoint()))")
    let set = try ReadinessSet()
    var probe = try StampProbe(try #require(try endpoint.resolved().first), StampPlan(), set, token: 1)
    for _ in 0..<8 { probe.send(at: .now(), StampErrorEstimate(clockError: nil, format: .ntp)) }
    let early = probe.take()
    #expect(early == nil && probe.dueTime == nil)
    var batch = DatagramBatch()
    var index = 0
    while index < 8 {
      try #require(try reflector.descriptor.wait(for: .readable, milliseconds: 10_000))
      let count = try batch.receive(from: reflector)
      for position in 0..<count {
        defer { index += 1 }
        guard index == answered else { continue }
        let datagram = batch.datagram(at: position)
        let now = (SystemClock.epochNanoseconds() - midnight) / 1000
        var reply = Reflection(to: Array(datagram.room[..<datagram.byteCount]), arrival: now, departure: now)
        if !isStateful { reply.message.sequence = reply.message.senderSequence }
        datagram.room.copyBytes(from: reply.bytes)
        batch.reply(at: position, byteCount: reply.bytes.count, from: nil)
      }
      _ = batch.sendReplies(on: reflector, patience: 1000)
    }
    try #require(set.wait(milliseconds: 10_000) == 1)
    let result = probe.take()
    #expect(result == isStateful)
  }
}
