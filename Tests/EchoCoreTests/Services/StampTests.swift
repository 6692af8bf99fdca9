import Addresses
import Testing

@testable import EchoCore

@Suite("The service stamp")
struct StampTests {
  /// A reflector, and the messages that reach it. T2 and T3 are two and three seconds after 1970.
  private final class Reflector {
    let counters = Counters()
    var client = Endpoint(address: .loopbackIPv4, port: 40_000)
    var delivery: Delivery? = Delivery(
      peer: nil, hopLimit: 63, trafficClass: 0xB9, arrivedAt: 2_000_000_000)
    var arrival: Int64 = 0
    private let responder: any Responder

    init(_ timestamps: StampTimeFormat = .ntp, isStateful: Bool = true, clockError: Int64? = nil) {
      var listener = ListenerConfiguration()
      (listener.service, listener.stamp) = ("stamp", StampConfiguration())
      listener.stamp?.isStateful = isStateful
      listener.stamp?.timestamps = timestamps
      responder = Service.stamp.makeResponder(
        ResponderSetting(listener: listener, hostName: "", counters: counters, clockError: { clockError }))
    }

    /// The replies to messages of one batch, and the traffic class of the last one.
    func batch(_ messages: [[UInt8]]) -> (replies: [[UInt8]], trafficClass: UInt8?) {
      var trafficClass: UInt8?
      let rooms = messages.map { message in
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, message.count), alignment: 1)
        room.copyBytes(from: message)
        return room
      }
      defer { for room in rooms { room.deallocate() } }
      for (message, room) in zip(messages, rooms) {
        let answer = responder.answer(
          ServiceRequest(
            room: room, byteCount: message.count, client: client,
            local: Endpoint(address: .loopbackIPv4, port: 862), delivery: delivery, arrival: arrival))
        trafficClass = self.trafficClass(of: answer)
        #expect(answer == .reply(byteCount: message.count, trafficClass: trafficClass))
      }
      responder.willSend(at: 3_000_000_000)
      return (zip(messages, rooms).map { Array($1[..<$0.count]) }, trafficClass)
    }

    func reply(to message: [UInt8]) -> [UInt8] { batch([message]).replies[0] }

    func answer(to message: [UInt8]) -> Answer {
      var message = message
      let count = message.count
      message.append(0)
      return message.withUnsafeMutableBytes {
        responder.answer(
          ServiceRequest(
            room: $0, byteCount: count, client: client, local: nil, delivery: delivery, arrival: 0))
      }
    }

    func expire(at now: Int64) { responder.expire(at: now) }

    private func trafficClass(of answer: Answer) -> UInt8? {
      if case .reply(_, _, let trafficClass) = answer { trafficClass } else { nil }
    }
  }

  /// A sender's base message with sequence 0x01020304, T1 0x11…18, estimate 0xBFFE and SSID 0x2122.
  private static let base: [UInt8] =
    [1, 2, 3, 4, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0xBF, 0xFE, 0x21, 0x22]
    + [UInt8](repeating: 0, count: 28)

  private static func request(sessionID: UInt8 = 0x22, _ tlvs: [UInt8] = []) -> [UInt8] {
    var message = base + tlvs
    message[15] = sessionID
    return message
  }

  /// The end of every reply to the base message.
  private static let echoed: [UInt8] = [
    1, 2, 3, 4, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0xBF, 0xFE, 0, 0, 63, 0, 0, 0,
  ]

  @Test("writes every field of the reply where RFC 8762 says")
  func base() {
    let reply = Reflector().reply(to: Self.base)
    #expect(
      reply == [
        0, 0, 0, 0,  // the session's first reply
        0x83, 0xAA, 0x7E, 0x83, 0, 0, 0, 0,  // T3, NTP
        0x3F, 0xFF, 0x21, 0x22,  // the largest error of a clock that is not synchronized, the SSID
        0x83, 0xAA, 0x7E, 0x82, 0, 0, 0, 0,  // T2
      ] + Self.echoed)
  }

  @Test("writes PTP timestamps if it is configured to")
  func ptp() {
    let reply = Reflector(.ptp, clockError: 0).reply(to: Self.base)
    #expect(
      reply == [
        0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0,  // T3, PTP
        0xC0, 0x01, 0x21, 0x22,  // synchronized, PTP
        0, 0, 0, 2, 0, 0, 0, 0,
      ] + Self.echoed)
  }

  @Test("numbers the replies of each session itself, or as the sender does if it keeps no sessions")
  func sequences() {
    let stateful = Reflector()
    let first = (0..<3).map { _ in stateful.reply(to: Self.request(sessionID: 1))[3] }
    let second = stateful.reply(to: Self.request(sessionID: 2))[3]
    stateful.client.port = 40_001
    let third = stateful.reply(to: Self.request(sessionID: 1))[3]
    stateful.client.port = 40_000
    #expect(first == [0, 1, 2] && second == 0 && third == 0)
    #expect(stateful.reply(to: Self.request(sessionID: 1))[3] == 3)
    let stateless = Reflector(isStateful: false)
    #expect(
      (0..<3).map { _ in Array(stateless.reply(to: Self.base)[..<4]) }
        == Array(repeating: [1, 2, 3, 4], count: 3))
    #expect(stateless.counters.statistics[.sessionsTotal] == 0)
  }

  @Test("counts its sessions, which end after a minute of silence")
  func sessions() {
    let reflector = Reflector()
    _ = reflector.batch([Self.request(sessionID: 1), Self.request(sessionID: 2), Self.request(sessionID: 1)])
    #expect(reflector.counters.statistics[.sessionsCurrent] == 2)
    #expect(reflector.counters.statistics[.sessionsTotal] == 2)
    reflector.arrival = 30_000
    _ = reflector.reply(to: Self.request(sessionID: 1))
    reflector.expire(at: 60_000)
    #expect(reflector.counters.statistics[.sessionsCurrent] == 1)
    reflector.expire(at: .max)
    #expect(reflector.counters.statistics[.sessionsCurrent] == 0)
    #expect(reflector.counters.statistics[.sessionsTotal] == 2)
    #expect(reflector.reply(to: Self.request(sessionID: 1))[3] == 0)
  }

  @Test("refuses a message that has no room for its reply", arguments: [0, 1, 14, 41, 43])
  func short(length: Int) {
    let reflector = Reflector()
    #expect(reflector.answer(to: Array(Self.base[..<length])) == .refusal(.malformed))
    #expect(reflector.counters.statistics[.sessionsTotal] == 0)
  }

  @Test("says how accurate a synchronized clock is")
  func clockError() {
    #expect(Reflector(clockError: 1000).reply(to: Self.base)[12...13] == [0x8F, 0x84])
  }

  @Test("says 255 if it does not know the hop limit")
  func unknownHopLimit() {
    let reflector = Reflector()
    reflector.delivery = Delivery(peer: nil, arrivedAt: 0)
    #expect(reflector.reply(to: Self.base)[40] == 255)
  }

  @Test("ignores bytes that must be zero, and writes zeros there")
  func zeros() {
    var message = Self.base
    for index in 16..<44 { message[index] = 0xFF }
    #expect(Reflector().reply(to: message) == Reflector().reply(to: Self.base))
  }

  // MARK: - TLVs

  /// What follows the base message in the reply.
  private func tlvs(_ sent: [UInt8], _ reflector: Reflector = Reflector()) -> [UInt8] {
    Array(reflector.reply(to: Self.request(sent))[44...])
  }

  @Test(
    "copies padding, and marks what it does not support",
    arguments: [
      ([0x80, 1, 0, 3, 7, 8, 9], [0, 1, 0, 3, 7, 8, 9]),  // Extra Padding
      ([0x80, 2, 0, 4, 3, 94, 1, 2], [0x80, 2, 0, 4, 3, 94, 1, 2]),  // Location
      ([0x00, 6, 0, 4, 1, 2, 3, 4], [0x80, 6, 0, 4, 1, 2, 3, 4]),  // Access Report
      ([0x80, 6, 0, 1, 9, 0x80, 1, 0, 0], [0x80, 6, 0, 1, 9, 0, 1, 0, 0]),  // its length means nothing here
      (
        [0x80, 8, 0, 16] + [UInt8](repeating: 7, count: 16),
        [0x80, 8, 0, 16] + [UInt8](repeating: 7, count: 16)
      ),
      ([0xFF, 0, 0, 0, 0xE0, 200, 0, 1, 5], [0x80, 0, 0, 0, 0x80, 200, 0, 1, 5]),
      ([0, 0, 0, 0, 0], [0, 0, 0, 0, 0]),  // a tail of zeros
      ([1, 2, 3], [1, 2, 3]),  // too short for a TLV
    ] as [([UInt8], [UInt8])])
  func copied(sent: [UInt8], received: [UInt8]) {
    #expect(tlvs(sent) == received)
  }

  @Test("fills in Timestamp Information")
  func timestampInformation() {
    let sent: [UInt8] = [0x80, 3, 0, 4, 9, 9, 9, 9]
    #expect(tlvs(sent) == [0, 3, 0, 4, 5, 2, 5, 2])
    #expect(tlvs(sent, Reflector(clockError: 1)) == [0, 3, 0, 4, 1, 2, 1, 2])
    #expect(tlvs(sent, Reflector(.ptp, clockError: 1)) == [0, 3, 0, 4, 2, 2, 2, 2])
  }

  @Test("fills in Class of Service, and sends the reply with the DSCP that it asks for")
  func classOfService() {
    // DSCP1 46; DSCP2 46 and ECN 1 as received (0xB9).
    let message = Self.request([0x80, 4, 0, 4, 46 << 2 | 3, 0xFF, 0xFF, 0xFF])
    let (replies, trafficClass) = Reflector().batch([message])
    #expect(replies[0][44...] == [0, 4, 0, 4, 0xBA, 0xE4, 0, 0])
    #expect(trafficClass == 46 << 2)
    #expect(Reflector().batch([Self.base]).trafficClass == nil)
    // The first one decides, and the others are told so (RP).
    let two: [UInt8] = [0x80, 4, 0, 4, 8 << 2, 0, 0, 0, 0x80, 4, 0, 4, 10 << 2, 0, 0, 0]
    let first = Reflector().batch([Self.request(two)])
    #expect(first.trafficClass == 8 << 2)
    #expect(first.replies[0][44...] == [0, 4, 0, 4, 0x22, 0xE4, 0, 0, 0, 4, 0, 4, 0x2A, 0xE5, 0, 0])
  }

  @Test(
    "fills in Direct Measurement with the counts of the session, and does not support it without sessions")
  func directMeasurement() {
    let sent: [UInt8] = [0x80, 5, 0, 12, 0, 0, 1, 7] + [UInt8](repeating: 0xFF, count: 8)
    let reflector = Reflector()
    #expect(tlvs(sent, reflector) == [0, 5, 0, 12, 0, 0, 1, 7, 0, 0, 0, 1, 0, 0, 0, 1])
    #expect(tlvs(sent, reflector) == [0, 5, 0, 12, 0, 0, 1, 7, 0, 0, 0, 2, 0, 0, 0, 2])
    #expect(tlvs(sent, Reflector(isStateful: false)) == sent)
  }

  @Test("fills in Follow-Up Telemetry with the last reply of the session that was sent")
  func followUpTelemetry() {
    let sent: [UInt8] = [0x80, 7, 0, 16] + [UInt8](repeating: 0xFF, count: 16)
    let none: [UInt8] = [0, 7, 0, 16] + [UInt8](repeating: 0, count: 16)
    let reflector = Reflector()
    // No reply has been sent before the first batch.
    #expect(
      reflector.batch([Self.request(sent), Self.request(sent)]).replies.map { Array($0[44...]) } == [
        none, none,
      ])
    #expect(
      tlvs(sent, reflector) == [
        0, 7, 0, 16, 0, 0, 0, 1, 0x83, 0xAA, 0x7E, 0x83, 0, 0, 0, 0, 2, 0, 0, 0,
      ])
    #expect(tlvs(sent, Reflector(isStateful: false)) == none)
  }

  @Test(
    "marks a TLV whose length is wrong, and copies the rest as it is",
    arguments: [
      ([0x80, 1, 0, 9, 1, 2], [0x40, 1, 0, 9, 1, 2]),
      ([0x80, 99, 0xFF, 0xFF], [0xC0, 99, 0xFF, 0xFF]),
      ([0x80, 8, 0, 17, 1], [0xC0, 8, 0, 17, 1]),
      ([0x80, 5, 0, 4, 1, 2, 3, 4, 0x80, 99, 0, 0], [0x40, 5, 0, 4, 1, 2, 3, 4, 0x80, 99, 0, 0]),
      ([0x80, 99, 0, 0, 0x80, 3, 0, 5, 1, 2, 3, 4], [0x80, 99, 0, 0, 0x40, 3, 0, 5, 1, 2, 3, 4]),
      // What looks like a TLV inside a value is not one.
      ([0x80, 1, 0, 8, 0x80, 3, 0, 4, 9, 9, 9, 9], [0, 1, 0, 8, 0x80, 3, 0, 4, 9, 9, 9, 9]),
    ] as [([UInt8], [UInt8])])
  func malformed(sent: [UInt8], received: [UInt8]) {
    #expect(tlvs(sent) == received)
  }

  @Test("answers as many TLVs as a datagram has room for")
  func many() {
    let one: [UInt8] = [0x80, 3, 0, 4, 0, 0, 0, 0]
    let count = (65_507 - 44) / one.count
    let reply = tlvs(Array(repeatElement(one, count: count).joined()))
    #expect(reply == Array(repeatElement([0, 3, 0, 4, 5, 2, 5, 2], count: count).joined()))
  }
}
