import EchoCore
import Testing

@testable import echoc

@Suite("The statistics of a STAMP session")
struct StampStatisticsTests {
  @Test("have the round trip without the reflector's own time, whatever its clock says")
  func roundTrip() {
    var dialogue = Dialogue(StampPlan(showsOneWay: true))
    // The reflector's clock is 5 s behind. The message takes 2 ms, the reflector 0.4 ms, and the reply 1 ms.
    let request = dialogue.send(at: clocks(0))
    let reply = Reflection(to: request, arrival: -5_000_000 + 2000, departure: -5_000_000 + 2400)
    let measurement = dialogue.take(reply.bytes, at: clocks(3400)).measurement
    #expect(measurement?.roundTrip == 3_000_000 && measurement?.reflectorTime == 400_000)
    #expect(measurement?.there == -4_998_000_000 && measurement?.back == 5_001_000_000)
    #expect(measurement?.message == 1 && measurement?.hops == 1)
    #expect(dialogue.statistics.there.times.minimum == -4_998_000_000)
    #expect(dialogue.statistics.received == 1 && dialogue.statistics.roundTrips.minimum == 3_000_000)
  }

  @Test("have one-way times only if both clocks are synchronized, and the errors of both")
  func oneWay() {
    for (ours, theirs) in [(500, 1000), (nil, 1000), (500, nil), (nil, nil)] as [(Int64?, Int64?)] {
      var dialogue = Dialogue()
      let request = dialogue.send(at: clocks(0), clockError: ours)
      let reply = Reflection(to: request, arrival: 700, departure: 800, clockError: theirs)
      let measurement = dialogue.take(reply.bytes, at: clocks(1000)).measurement
      let isKnown = ours != nil && theirs != nil
      #expect(
        measurement?.there == (isKnown ? 700_000 : nil) && measurement?.back == (isKnown ? 200_000 : nil))
      #expect(dialogue.statistics.there.oneWay.count == (isKnown ? 1 : 0))
      // The estimates are powers of two of seconds, rounded up by less than one percent.
      let error = dialogue.statistics.findings.clockErrorSeconds
      #expect(isKnown ? (0.0015...0.00152).contains(error ?? 0) : error == nil)
    }
  }

  @Test("use the kernel's times of what leaves and arrives")
  func kernelTimes() {
    var dialogue = Dialogue(StampPlan(showsOneWay: true))
    let request = dialogue.send(at: clocks(0))
    dialogue.statistics.correct(1, clocks(100).epoch, at: clocks(150))
    let reply = Reflection(to: request, arrival: 300, departure: 400)
    let verdict = dialogue.take(reply.bytes, at: clocks(900), kernelTime: clocks(700).epoch)
    #expect(verdict.measurement?.roundTrip == 500_000)
    #expect(verdict.measurement?.there == 200_000 && verdict.measurement?.back == 300_000)
    #expect(dialogue.statistics.kernelDepartures == 1 && dialogue.statistics.kernelArrivals == 1)
  }

  @Test("ignore a time of the kernel that cannot be true")
  func impossibleKernelTimes() {
    var dialogue = Dialogue()
    let request = dialogue.send(at: clocks(0))
    for (time, message) in [(-1, 1), (200, 1), (100, 2), (100, 0), (100, -5)] as [(Int64, Int)] {
      dialogue.statistics.correct(message, clocks(time).epoch, at: clocks(150))
    }
    let reply = Reflection(to: request, arrival: 300, departure: 400)
    let verdict = dialogue.take(reply.bytes, at: clocks(900), kernelTime: clocks(950).epoch)
    #expect(verdict.measurement?.roundTrip == 800_000)
    #expect(dialogue.statistics.kernelDepartures == 0 && dialogue.statistics.kernelArrivals == 0)
  }

  @Test(
    "measure round trips correctly if the clock is set, and note that", arguments: [3600, -3600] as [Int64])
  func clockStep(seconds: Int64) {
    var dialogue = Dialogue()
    let step = seconds * 1_000_000
    for (index, set) in [0, 0, step].enumerated() {
      let begin = Int64(index) * 1_000_000
      let request = dialogue.send(at: clocks(begin), clockError: 1)
      let reply = Reflection(
        to: request, sequence: UInt32(index), arrival: begin + 200, departure: begin + 300, clockError: 1)
      // The clock is set while the last message is on its way.
      let now = clocks(begin + 1000, setBy: set)
      let verdict = dialogue.take(reply.bytes, at: now, kernelTime: clocks(begin + 1000).epoch)
      #expect(verdict.measurement?.roundTrip == 900_000)
    }
    #expect(dialogue.statistics.clockStep == step * 1000)
    // The last one has no one-way times, and the variation has no jump.
    #expect(dialogue.statistics.there.oneWay.count == 2)
    #expect(dialogue.statistics.back.variation(100) == 0 && dialogue.statistics.back.jitter == 0)
  }

  @Test("have the jitter of RFC 3550 and the variation above the minimum for each direction")
  func jitter() {
    var dialogue = Dialogue()
    // There 10, 10, 26, 10 ms by clocks that are a day apart, back always 5 ms.
    let day: Int64 = 86_400_000_000
    for (index, there) in ([10, 10, 26, 10] as [Int64]).enumerated() {
      let begin = Int64(index) * 1_000_000
      let request = dialogue.send(at: clocks(begin))
      let arrival = begin + there * 1000
      let reply = Reflection(
        to: request, sequence: UInt32(index), arrival: arrival + day, departure: arrival + 100 + day)
      _ = dialogue.take(reply.bytes, at: clocks(arrival + 5100))
    }
    // 0, then 16/16, then 1 + (16 - 1)/16.
    #expect((dialogue.statistics.there.jitter - 1_937_500).magnitude < 1)
    #expect(dialogue.statistics.back.jitter < 1)
    #expect(dialogue.statistics.there.variation(50) == 0)
    #expect(abs(dialogue.statistics.there.variation(99) - 16_000_000) <= 1)
  }

  @Test("count duplicates, which may come from either direction, and reordered replies")
  func order() {
    var dialogue = Dialogue()
    let requests = (0..<4).map { dialogue.send(at: clocks($0 * 1000)) }
    func reply(_ index: Int, _ sequence: UInt32) -> [UInt8] {
      let arrival = Int64(index) * 1000 + 100 + Int64(sequence)
      return Reflection(to: requests[index], sequence: sequence, arrival: arrival, departure: arrival + 100)
        .bytes
    }
    let replies = [reply(0, 0), reply(2, 2), reply(1, 1), reply(1, 1), reply(2, 3), reply(3, 4)]
    let measurements = replies.map { dialogue.take($0, at: clocks(10_000)).measurement }
    #expect(measurements.map { $0?.isDuplicate } == [false, false, false, true, true, false])
    #expect(measurements.map { $0?.isReordered } == [false, false, true, false, false, false])
    let statistics = dialogue.statistics
    #expect(statistics.received == 4 && statistics.duplicates == 2 && statistics.loss == StampLoss())
    #expect(statistics.reordered == 1 && statistics.reorderedBack == 1 && statistics.reorderedThere == 0)
  }

  @Test("count a message that arrived twice once, however often the replies to it come")
  func duplicatesInBothDirections() {
    var dialogue = Dialogue()
    let requests = (0..<3).map { dialogue.send(at: clocks($0 * 1000)) }
    // 1 arrives twice, and each reply comes three times. The reply to 2 is lost.
    for (index, sequence) in [(0, 0), (0, 1), (0, 0), (0, 1), (0, 0), (0, 1), (2, 3)] {
      let arrival = Int64(index) * 1000 + 100 + Int64(sequence)
      let reply = Reflection(
        to: requests[index], sequence: UInt32(sequence), arrival: arrival, departure: arrival + 10)
      _ = dialogue.take(reply.bytes, at: clocks(10_000))
    }
    #expect(dialogue.statistics.duplicates == 5 && dialogue.statistics.loss == StampLoss(back: 1))
  }

  @Test("have the counts of the newest message, though an older one is answered later")
  func newestCounts() {
    var dialogue = Dialogue(StampPlan(measuresDirectly: true))
    let requests = (0..<2).map { dialogue.send(at: clocks($0 * 1000)) }
    for index in [1, 0] {
      let count = UInt8(index + 1)
      var reply = Reflection(
        to: requests[index], sequence: UInt32(index), arrival: Int64(index) * 1000 + 100,
        departure: Int64(index) * 1000 + 200)
      reply.rest = [0, 5, 0, 12, 0, 0, 0, count, 0, 0, 0, count, 0, 0, 0, count]
      _ = dialogue.take(reply.bytes, at: clocks(5000))
    }
    #expect(dialogue.statistics.findings.directMeasurement?.received == 2)
  }

  @Test("have no one-way times if the reflector's estimate of its error is invalid")
  func invalidErrorEstimate() {
    var dialogue = Dialogue()
    let request = dialogue.send(at: clocks(0), clockError: 500)
    var reply = Reflection(to: request, arrival: 700, departure: 800)
    reply.message.errorEstimate = StampErrorEstimate(rawValue: 0x8000)
    let measurement = dialogue.take(reply.bytes, at: clocks(1000)).measurement
    #expect(measurement != nil && measurement?.there == nil && measurement?.back == nil)
  }

  @Test("tell which way messages were lost only if the reflector keeps sessions")
  func stateless() {
    for (isStateful, loss) in [(nil, nil), (false, nil), (true, StampLoss(back: 1))] as [(Bool?, StampLoss?)]
    {
      var dialogue = Dialogue()
      dialogue.statistics.isStateful = isStateful
      let requests = (0..<3).map { dialogue.send(at: clocks($0 * 1000)) }
      for index in [0, 2] {
        let reply = Reflection(
          to: requests[index], sequence: UInt32(index), arrival: Int64(index) * 1000 + 100,
          departure: Int64(index) * 1000 + 200)
        _ = dialogue.take(reply.bytes, at: clocks(Int64(index) * 1000 + 500))
      }
      #expect(dialogue.statistics.loss == loss && dialogue.statistics.keepsSessions == isStateful)
    }
  }

  @Test("take a reflector's own numbers as proof that it keeps sessions")
  func ownNumbers() {
    var dialogue = Dialogue()
    _ = dialogue.send(at: clocks(0))
    let request = dialogue.send(at: clocks(1000))
    _ = dialogue.take(
      Reflection(to: request, sequence: 0, arrival: 1100, departure: 1200).bytes, at: clocks(1500))
    #expect(dialogue.statistics.keepsSessions == true && dialogue.statistics.loss == StampLoss(there: 1))
  }

  @Test("know by how many hops the TTL decreased, if the reflector reports it")
  func hops() {
    for (received, hops) in [(255, 0), (254, 1), (1, 254), (0, nil)] as [(UInt8, Int?)] {
      var dialogue = Dialogue()
      let request = dialogue.send(at: clocks(0))
      let reply = Reflection(to: request, arrival: 100, departure: 200, hopLimit: received)
      #expect(dialogue.take(reply.bytes, at: clocks(500)).measurement?.hops == .some(hops))
    }
    var dialogue = Dialogue(StampPlan(hopLimit: 64))
    let request = dialogue.send(at: clocks(0))
    let reply = Reflection(to: request, arrival: 100, departure: 200, hopLimit: 65)
    #expect(dialogue.take(reply.bytes, at: clocks(500)).measurement?.hops == .some(nil))
  }

  @Test("know the DSCPs that arrived, what both ends counted, and which TLVs the reflector does not support")
  func tlvs() {
    var dialogue = Dialogue(StampPlan(dscp: 46, measuresDirectly: true))
    let request = dialogue.send(at: clocks(0))
    var reply = Reflection(to: request, arrival: 100, departure: 200)
    // DSCP1 46, DSCP2 10, ECN 1, RP 1; then 1 sent, 2 received, 3 returned.
    reply.rest = [0, 4, 0, 4, 0xB8, 0xA5, 0, 0, 0, 5, 0, 12, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]
    #expect(dialogue.take(reply.bytes, at: clocks(500), trafficClass: 0x21).measurement != nil)
    let statistics = dialogue.statistics
    #expect(statistics.findings.markings?.there == [10: 1] && statistics.findings.markings?.back == [8: 1])
    #expect(statistics.findings.markings?.refused == 1 && statistics.findings.unknownTLVs.isEmpty)
    let counts = statistics.findings.directMeasurement
    #expect(counts?.sent == 1 && counts?.received == 2 && counts?.returned == 3)
    let other = dialogue.send(at: clocks(1000))
    let unknown = Reflection(to: other, sequence: 1, arrival: 1100, departure: 1200)
    #expect(dialogue.take(unknown.bytes, at: clocks(1500)).measurement != nil)
    #expect(dialogue.statistics.findings.unknownTLVs == [.classOfService, .directMeasurement])
  }

  @Test("read both formats of the reflector, whatever ours is", arguments: StampTimeFormat.allCases)
  func formats(ours: StampTimeFormat) {
    for theirs in StampTimeFormat.allCases {
      var dialogue = Dialogue(StampPlan(format: ours))
      let request = dialogue.send(at: clocks(0))
      let reply = Reflection(to: request, arrival: 100, departure: 300, format: theirs)
      #expect(dialogue.take(reply.bytes, at: clocks(500)).measurement?.roundTrip == 300_000)
      #expect(dialogue.statistics.findings.format == theirs)
    }
  }

  @Test("accept and note a reflector without session identifiers")
  func withoutSessionID() {
    var dialogue = Dialogue()
    let request = dialogue.send(at: clocks(0))
    var reply = Reflection(to: request, arrival: 100, departure: 200)
    reply.message.sessionID = 0
    #expect(dialogue.take(reply.bytes, at: clocks(500)).measurement != nil)
    #expect(!dialogue.statistics.findings.hasSessionID)
  }
}
