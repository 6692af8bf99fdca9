import Addresses
@testable import EchoCore
import LibFuzzer

/// Any bytes are answered as RFC 8762 and RFC 8972 have it, or refused, without a crash and without touching a byte
/// beyond their end. The replies are compared with those of a model that is simple rather than fast.
@main
enum StampFuzzer {
  // libFuzzer calls from one thread only.
  nonisolated(unsafe) private static let reflectors = StampCheck()

  static func main() {
    fuzz { start, count in
      StampFuzzer.reflectors.check(Array(UnsafeRawBufferPointer(start: start, count: count)))
      return 0
    }
  }
}

/// Reflectors of every kind. The first byte of an input chooses one.
private final class StampCheck {
  private let reflectors: [Reflector] = [true, false].flatMap { isStateful in
    StampTimeFormat.allCases.flatMap { format in
      [nil, 1500].map { Reflector(isStateful: isStateful, format, clockError: $0) }
    }
  }

  func check(_ input: [UInt8]) {
    guard let choice = input.first else { return }
    let reflector = reflectors[Int(choice) % reflectors.count]
    reflector.check(Array(input.dropFirst()), hopLimit: choice, trafficClass: choice &* 7)
  }
}

/// A reflector with one session, and its model.
private final class Reflector {
  private let responder: any Responder
  private let isStateful: Bool
  private let format: StampTimeFormat
  private let clockError: Int64?
  /// How many requests the model has answered in each session.
  private var answered: [UInt16: UInt32] = [:]
  private var now: Int64 = 1_000_000_000

  init(isStateful: Bool, _ format: StampTimeFormat, clockError: Int64?) {
    var listener = ListenerConfiguration()
    (listener.service, listener.stamp) = ("stamp", StampConfiguration())
    listener.stamp?.isStateful = isStateful
    listener.stamp?.timestamps = format
    responder = Service.stamp.makeResponder(
      ResponderSetting(listener: listener, hostName: "", clockError: { clockError }))
    (self.isStateful, self.format, self.clockError) = (isStateful, format, clockError)
  }

  func check(_ message: [UInt8], hopLimit: UInt8, trafficClass: UInt8) {
    now += 1_000_000_000
    // Memory of exactly this size, so that the address sanitizer notices an access beyond it.
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: message.count, alignment: 1)
    defer { room.deallocate() }
    room.copyBytes(from: message)
    let answer = responder.answer(
      ServiceRequest(
        room: room, byteCount: message.count, client: Endpoint(address: .loopbackIPv4, port: 40_000),
        local: nil,
        delivery: Delivery(peer: nil, hopLimit: hopLimit, trafficClass: trafficClass, arrivedAt: now),
        arrival: 0))
    responder.willSend(at: now + 1000)
    guard message.count >= 44 else {
      require(answer == .refusal(.malformed), "\(message.count) bytes were answered: \(answer)")
      return
    }
    let (reply, dscp) = model(message, hopLimit, trafficClass)
    require(
      answer == .reply(byteCount: message.count, trafficClass: dscp.map { $0 << 2 }), "answered \(answer)")
    require(Array(room) == reply, "replied \(Array(room)) instead of \(reply) to \(message)")
  }

  /// The reply to a message, and the DSCP that it asks for.
  private func model(_ message: [UInt8], _ hopLimit: UInt8, _ trafficClass: UInt8) -> ([UInt8], UInt8?) {
    let sessionID = UInt16(message[14]) << 8 | UInt16(message[15])
    let sequence = answered[sessionID, default: 0]
    if isStateful { answered[sessionID] = sequence &+ 1 }
    let last = isStateful && sequence > 0 ? lastReplies[sessionID] : nil
    let estimate: [UInt8] =
      switch (clockError, format) {
      case (nil, .ntp): [0x3F, 0xFF]
      case (nil, .ptp): [0x7F, 0xFF]
      // 6,442,451 units of 2^-32 seconds are at most 197 times 2^15.
      case (_, .ntp): [0x8F, 197]
      case (_, .ptp): [0xCF, 197]
      }
    let departure = time(now + 1000)
    var base = isStateful ? big(sequence) : Array(message[..<4])
    base += departure + estimate
    base += message[14..<16]
    base += time(now)
    base += message[..<14]
    base += [0, 0, hopLimit, 0, 0, 0]
    lastReplies[sessionID] = big(sequence) + departure
    var (tlvs, dscp) = (Array(message[44...]), UInt8?.none)
    let padding = tlvs.count - tlvs.reversed().prefix { $0 == 0 }.count
    var next = 0
    while tlvs.count - next >= 4, next < padding {
      let length = Int(tlvs[next + 2]) << 8 | Int(tlvs[next + 3])
      let lengths: [UInt8: Int] = [3: 4, 4: 4, 5: 12, 7: 16]
      guard next + 4 + length <= tlvs.count, lengths[tlvs[next + 1], default: length] == length else {
        tlvs[next] = [1, 3, 4, 5, 7].contains(tlvs[next + 1]) ? 0x40 : 0xC0
        break
      }
      let value = next + 4
      tlvs[next] = 0
      switch tlvs[next + 1] {
      case 1: break
      case 3:
        let source: UInt8 = clockError == nil ? 5 : format == .ntp ? 1 : 2
        tlvs.replaceSubrange(value..<value + 4, with: [source, 2, source, 2])
      case 4:
        let wanted = tlvs[value] >> 2
        let sent = dscp ?? wanted
        dscp = sent
        let bits = UInt16(wanted) << 10 | UInt16(trafficClass) << 2 | (sent == wanted ? 0 : 1)
        tlvs.replaceSubrange(value..<value + 4, with: [UInt8(bits >> 8), UInt8(bits & 0xFF), 0, 0])
      case 5 where isStateful:
        tlvs.replaceSubrange(value + 4..<value + 12, with: big(sequence &+ 1) + big(sequence &+ 1))
      case 7:
        let rest: [UInt8] = last == nil ? [0, 0, 0, 0] : [2, 0, 0, 0]
        tlvs.replaceSubrange(value..<value + 16, with: (last ?? [UInt8](repeating: 0, count: 12)) + rest)
      default: tlvs[next] = 0x80
      }
      next = value + length
    }
    return (base + tlvs, dscp)
  }

  /// Sequence and timestamp of each session's last reply.
  private var lastReplies: [UInt16: [UInt8]] = [:]

  private func time(_ nanoseconds: Int64) -> [UInt8] {
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    switch format {
    case .ntp:
      let units = UInt32((Double(rest) * 4.294967296).rounded())
      return big(UInt32(truncatingIfNeeded: seconds + 2_208_988_800)) + big(units)
    case .ptp: return big(UInt32(truncatingIfNeeded: seconds)) + big(UInt32(rest))
    }
  }

  private func big(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }
}
