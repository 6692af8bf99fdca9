import EchoCore
import Testing

@testable import echoc

@Suite("A STAMP reply that cannot be true")
struct StampLiesTests {
  private static let plan = StampPlan(dscp: 46, measuresDirectly: true, messageBytes: 80)

  /// What comes of a reply that was changed.
  private func fault(_ change: (inout Reflection) -> Void) -> StampFault? {
    var dialogue = Dialogue(Self.plan)
    let request = dialogue.send(at: clocks(0))
    var reply = Reflection(to: request, arrival: 100, departure: 200)
    change(&reply)
    let fault = dialogue.take(reply.bytes, at: clocks(500)).fault
    #expect(dialogue.statistics.received == (fault == nil ? 1 : 0))
    #expect(dialogue.statistics.wrong == (fault == nil ? 0 : 1))
    #expect(dialogue.statistics.roundTrips.count == dialogue.statistics.received)
    return fault
  }

  @Test("is distinguished from a true one")
  func unchanged() { #expect(fault { _ in } == nil) }

  @Test("repeats what was not sent")
  func repetition() {
    #expect(fault { $0.message.senderSequence = 1 } == .unknownSequence(1))
    #expect(fault { $0.message.senderSequence = .max } == .unknownSequence(.max))
    #expect(fault { $0.message.senderTimestamp += 1 } == .senderTime)
    #expect(fault { $0.message.senderErrorEstimate = .init(rawValue: 1) } == .senderErrorEstimate)
    #expect(fault { $0.message.sessionID = 0xBEE0 } == .sessionID(0xBEE0, expected: 0xBEEF))
  }

  @Test("has another length than the message")
  func length() {
    #expect(fault { $0.rest.removeLast() } == .length(79, expected: 80))
    #expect(fault { $0.rest.append(0) } == .length(81, expected: 80))
    #expect(fault { $0.rest = [] } == .length(44, expected: 80))
    var dialogue = Dialogue()
    _ = dialogue.send(at: clocks(0))
    for count in 0..<44 {
      #expect(
        dialogue.take([UInt8](repeating: 0, count: count), at: clocks(1)).fault
          == .length(count, expected: 44))
    }
  }

  @Test("left before the message arrived, or took longer than the whole round trip")
  func times() {
    let format = StampTimeFormat.ntp
    #expect(
      fault { $0.message.timestamp = format.timestamp(of: midnight + 99_000) }
        == .leftBeforeArrival(nanoseconds: 1000))
    #expect(
      fault { $0.message.timestamp = format.timestamp(of: midnight + 650_000) }
        == .negativeRoundTrip(nanoseconds: 50_000))
  }

  @Test("has no time", arguments: StampTimeFormat.allCases)
  func noTimes(format: StampTimeFormat) {
    let estimate = StampErrorEstimate(clockError: nil, format: format)
    let time = format.timestamp(of: midnight)
    for (arrival, departure, name) in [(0, time, "T2"), (time, 0, "T3"), (0, 0, "T2")] {
      #expect(
        fault {
          $0.message.errorEstimate = estimate
          ($0.message.receiveTimestamp, $0.message.timestamp) = (arrival, departure)
        } == .malformedTime(name))
    }
  }

  @Test("has a PTP timestamp whose nanoseconds are a second or more")
  func malformedTimes() {
    let ptp = StampErrorEstimate(clockError: nil, format: .ptp)
    let time = StampTimeFormat.ptp.timestamp(of: midnight)
    #expect(
      fault {
        ($0.message.errorEstimate, $0.message.timestamp) = (ptp, time)
        $0.message.receiveTimestamp = time | 1_000_000_000
      } == .malformedTime("T2"))
    #expect(
      fault {
        ($0.message.errorEstimate, $0.message.receiveTimestamp) = (ptp, time)
        $0.message.timestamp = time | 0xFFFF_FFFF
      } == .malformedTime("T3"))
    #expect(
      fault {
        ($0.message.errorEstimate, $0.message.receiveTimestamp) = (ptp, time)
        $0.message.timestamp = time
      } == nil)
  }

  @Test("has other TLVs than the message")
  func tlvs() {
    // Another type, and other lengths.
    #expect(fault { $0.rest[1] = 7 } == .tlv(4))
    #expect(fault { $0.rest[3] = 5 } == .tlv(4))
    #expect(fault { $0.rest[8 + 2] = 0xFF } == .tlv(5))
    #expect(fault { $0.rest[24 + 1] = 0 } == .tlv(1))
    // Zeros instead of all of them.
    #expect(fault { $0.rest = $0.rest.map { _ in 0 } } == .tlv(4))
  }

  @Test("changes what a reflector must not change")
  func values() {
    // DSCP1, and a TLV that the reflector says it does not support.
    #expect(fault { ($0.rest[0], $0.rest[4]) = (0, 0xBC) } == .tlvValue(4))
    #expect(fault { $0.rest[5] = 1 } == .tlvValue(4))
    #expect(fault { $0.rest[8 + 7] ^= 1 } == .tlvValue(5))
    #expect(fault { ($0.rest[8], $0.rest[8 + 7]) = (0, 9) } == .tlvValue(5))
    #expect(fault { $0.rest[8 + 15] = 1 } == .tlvValue(5))
    #expect(fault { $0.rest[24 + 5] ^= 0xFF } == .tlvValue(1))
    #expect(fault { ($0.rest[24], $0.rest[24 + 5]) = (0, 1) } == .tlvValue(1))
    // What it fills in.
    #expect(fault { ($0.rest[0], $0.rest[5]) = (0, 0xFF) } == nil)
    #expect(fault { ($0.rest[8], $0.rest[8 + 15]) = (0, 1) } == nil)
  }

  @Test("says that a correct TLV is malformed or not intact")
  func flags() {
    for flags: UInt8 in [0x40, 0xC0, 0x20, 0x60] {
      #expect(fault { $0.rest[0] = flags } == .tlvFlags(4, flags: flags))
    }
    // Reserved bits have no meaning.
    #expect(fault { $0.rest[0] = 0x1F } == nil)
  }

  @Test("has a description")
  func words() {
    #expect(
      "\(StampFault.leftBeforeArrival(nanoseconds: 1_500_000))"
        == "it left 1.50 ms before the message arrived (T3 is before T2)")
    #expect("\(StampFault.length(44, expected: 48))" == "44 bytes instead of 48")
    #expect(
      "\(StampFault.tlvFlags(4, flags: 0x40))" == "TLV 4 came back with flags 0x40, although it was correct")
  }

  @Test("never traps, whatever its bytes are")
  func anything() {
    var generator = SystemRandomNumberGenerator()
    for round in 0..<2000 {
      var dialogue = Dialogue(Self.plan)
      var reply = Reflection(to: dialogue.send(at: clocks(0)), arrival: 100, departure: 200).bytes
      if round % 4 == 0 {
        reply = (0..<Int.random(in: 0...100, using: &generator)).map { _ in
          .random(in: 0...255, using: &generator)
        }
      } else {
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
          reply[.random(in: 0..<reply.count, using: &generator)] =
            [0, 0xFF, 0x80, .random(in: 0...255)][
              Int.random(in: 0..<4, using: &generator)]
        }
      }
      let verdict = dialogue.take(reply, at: clocks(.random(in: 0...1_000_000, using: &generator)))
      if let measurement = verdict.measurement { #expect(measurement.roundTrip >= 0) }
      _ = dialogue.take(reply, at: clocks(2_000_000))
    }
  }
}
