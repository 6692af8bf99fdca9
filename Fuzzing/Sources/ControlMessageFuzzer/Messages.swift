import Addresses
import Glibc

@testable import Sockets

/// What a datagram's control messages say. See cmsg(3), ip(7) and RFC 3542, section 6.
struct Finding: Equatable {
  var destination: IPAddress
  var local: IPAddress
  var interface: UInt32
  var isIPv6Message: Bool

  init(_ info: PacketInfo) {
    (destination, local) = (info.destination, info.local)
    (interface, isIPv6Message) = (info.interface, info.isIPv6Message)
  }

  /// Looks for it a second time, by offsets and without pointers.
  init?(in bytes: [UInt8]) {
    // What IPV6_PKTINFO says about an IPv4 datagram; IP_PKTINFO takes precedence.
    var mapped: Finding?
    for message in messages(in: bytes) {
      let (rest, length, level, type) = (message.bytes, message.length, message.level, message.type)
      if level == 0 && type == 8 && length >= 16 + 12 {
        let (local, destination): (UInt32, UInt32) = (load(rest, 20), load(rest, 24))
        self.destination = IPAddress(v4: destination.bigEndian)
        self.local = local == 0 ? self.destination : IPAddress(v4: local.bigEndian)
        (interface, isIPv6Message) = (load(rest, 16), false)
        return
      }
      if level == 41 && type == 50 && length >= 16 + 20 {
        let address: UInt128 = load(rest, 16)
        destination = IPAddress(bits: address.bigEndian)
        local = destination
        (interface, isIPv6Message) = (load(rest, 32), true)
        guard destination.isIPv4 else { return }
        mapped = self
      }
    }
    guard let mapped else { return nil }
    self = mapped
  }
}

extension PacketReport {
  /// Looks for it a second time, by offsets and without pointers: the last of each kind counts.
  init(foundIn bytes: [UInt8]) {
    self.init()
    for message in messages(in: bytes) {
      switch (message.level, message.type) {
      case (0, 1) where message.length >= 17, (41, 67) where message.length >= 20:
        trafficClass = load(message.bytes, 16)
      case (0, 2) where message.length >= 20, (41, 52) where message.length >= 20:
        hopLimit = load(message.bytes, 16)
      case (1, 35) where message.length >= 32:
        let (seconds, nanoseconds): (Int64, Int64) = (load(message.bytes, 16), load(message.bytes, 24))
        arrivedAt = seconds &* 1_000_000_000 &+ nanoseconds
      default: break
      }
    }
  }
}

/// A control message, with everything that follows it.
private struct Message {
  let bytes: ArraySlice<UInt8>
  let length: UInt
  let level: Int32
  let type: Int32
}

private func messages(in bytes: [UInt8]) -> [Message] {
  var (messages, rest): ([Message], _) = ([], bytes[...])
  while rest.count >= 16 {
    let message = Message(bytes: rest, length: load(rest, 0), level: load(rest, 8), type: load(rest, 12))
    guard message.length >= 16, message.length <= rest.count else { break }
    messages.append(message)
    rest = rest.dropFirst(Int((message.length + 7) & ~7))
  }
  return messages
}

private func load<Number: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> Number {
  let octets = bytes.dropFirst(offset).prefix(Number.bitWidth / 8)
  return octets.reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
}

/// Control messages as a kernel writes them, but for what the recipe says of their lengths: a mutation of one byte
/// comes to another message, another lie, or another end.
func assembled(_ recipe: ArraySlice<UInt8>) -> [UInt8] {
  var rest = recipe
  let missing = Int(rest.popFirst() ?? 0)
  var bytes: [UInt8] = []
  while let kind = rest.popFirst(), bytes.count < 512 {
    let lie = Int(rest.popFirst() ?? 0)
    let (level, type, count): (Int32, Int32, Int) =
      switch kind % 8 {
      case 0, 1: (0, 8, 12)
      case 2, 3: (41, 50, 20)
      // Our numbers on the other's level, and with the other's payload.
      case 4: (41, 8, 12)
      // Hop limit and traffic class.
      case 5: (0, kind & 8 == 0 ? 1 : 2, 4)
      case 6: (41, kind & 8 == 0 ? 67 : 52, 4)
      default: (kind & 1 == 0 ? 0 : 1, Int32(kind), Int(kind) % 24)
      }
    let payload = Array(rest.prefix(count)) + [UInt8](repeating: 0, count: max(0, count - rest.count))
    rest = rest.dropFirst(count)
    let truth = 16 + count
    let lies = [truth - 1, truth + 1, truth + 8, 0, 1, 15, 16, 17, truth - 8, truth + 64, .max, -1, .min]
    let length = lie < 200 ? truth : lies[lie % lies.count]
    withUnsafeBytes(of: length) { bytes += $0 }
    withUnsafeBytes(of: (level, type)) { bytes += $0 }
    bytes += payload
    while bytes.count % 8 != 0 { bytes.append(0) }
  }
  return Array(bytes.dropLast(missing < 128 ? 0 : missing - 128))
}
