/// The rules of RFC 8972, section 4, for the TLVs of a message, in the simplest possible form.
struct PlainReflector {
  /// How many messages came before in the session.
  var count = 0
  var isStateful: Bool

  /// The lengths that values of the known types must have; `nil` for any.
  private static let lengths: [UInt8: Int?] = [1: nil, 3: 4, 4: 4, 5: 12, 7: 16]

  /// What becomes of a message's TLVs; `nil` for a byte that depends on more than the message. The request came without
  /// a traffic class.
  mutating func reply(to tlvs: [UInt8]) -> [UInt8?] {
    defer { count += 1 }
    var reply = tlvs.map(Optional.init)
    var place = 0
    // What the reply is sent with.
    var dscp: UInt8?
    while tlvs.count - place >= 4, tlvs[place...].contains(where: { $0 != 0 }) {
      let (type, length) = (tlvs[place + 1], Int(tlvs[place + 2]) << 8 | Int(tlvs[place + 3]))
      let value = place + 4
      let right = Self.lengths[type].flatMap { $0 } ?? length
      guard value + length <= tlvs.count, length == right else {
        reply[place] = Self.lengths.keys.contains(type) ? 0x40 : 0xC0
        break
      }
      let isKnown = Self.lengths.keys.contains(type) && (isStateful || type != 5)
      reply[place] = isKnown ? 0 : 0x80
      if isKnown { fillIn(type, at: value, &reply, &dscp) }
      place = value + length
    }
    return reply
  }

  private func fillIn(_ type: UInt8, at value: Int, _ reply: inout [UInt8?], _ dscp: inout UInt8?) {
    switch type {
    case 3: reply.replaceSubrange(value..<value + 4, with: [nil, 2, nil, 2])
    case 4:
      let asked = reply[value].map { $0 & 0xFC }
      dscp = dscp ?? asked
      reply.replaceSubrange(value..<value + 4, with: [asked, dscp == asked ? 0 : 1, 0, 0])
    case 5:
      let counts = StampWire.bytes(of: UInt32(count + 1)).map(Optional.init)
      reply.replaceSubrange(value + 4..<value + 12, with: counts + counts)
    case 7 where isStateful && count > 0:
      let sequence = StampWire.bytes(of: UInt32(count - 1)).map(Optional.init)
      let time = [UInt8?](repeating: nil, count: 8)
      reply.replaceSubrange(value..<value + 16, with: sequence + time + [2, 0, 0, 0])
    case 7: reply.replaceSubrange(value..<value + 16, with: [UInt8?](repeating: 0, count: 16))
    default: break
    }
  }
}

/// TLVs of every kind and in every state, the same for the same seed.
struct RandomTLVs {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// The TLVs of a message.
  mutating func next() -> [UInt8] {
    var tlvs: [UInt8] = []
    for _ in 0..<number(below: 6) { tlvs += tlv() }
    switch number(below: 6) {
    case 0: tlvs += StampWire.zeros(number(below: 12))
    case 1: tlvs += (0..<number(below: 6)).map { _ in UInt8(number(below: 256)) }
    case 2: tlvs.removeLast(min(tlvs.count, number(below: 5)))
    case 3 where !tlvs.isEmpty: tlvs[number(below: tlvs.count)] ^= UInt8(1 << number(below: 8))
    default: break
    }
    return tlvs
  }

  private mutating func tlv() -> [UInt8] {
    let type = number(below: 4) == 0 ? UInt8(number(below: 256)) : UInt8(number(below: 9))
    let rightLengths: [UInt8: Int] = [3: 4, 4: 4, 5: 12, 6: 4, 7: 16, 8: 16]
    let isRight = number(below: 16) > 0
    let length = isRight ? rightLengths[type] ?? number(below: 20) : number(below: 20)
    let value = (0..<length).map { _ in UInt8(number(below: 256)) }
    return [number(below: 4) == 0 ? 0 : 0x80, type] + StampWire.bytes(of: UInt16(length)) + value
  }

  /// See <https://prng.di.unimi.it/splitmix64.c>.
  private mutating func number(below bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return Int((bits ^ bits >> 31) >> 33) % bound
  }
}
