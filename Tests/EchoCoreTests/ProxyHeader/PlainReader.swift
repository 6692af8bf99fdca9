import Addresses

@testable import EchoCore

/// What bytes begin with, found in a different way from `ProxyHeader`: from whole copies, with strings, as the
/// specification words it. It knows only whether a header can still come.
func plainReading(_ bytes: [UInt8]) -> ProxyHeader.Reading {
  let signature = octets("0d0a0d0a000d0a515549540a")
  if bytes.starts(with: signature) { return plainBinary(bytes) }
  let isCut = signature.starts(with: bytes) || Array("PROXY ".utf8).starts(with: bytes)
  return isCut ? .incomplete : plainText(bytes)
}

private func plainText(_ bytes: [UInt8]) -> ProxyHeader.Reading {
  guard let cr = bytes.prefix(107).firstIndex(of: 0x0D) else {
    return bytes.count < 107 ? .incomplete : .invalid
  }
  if bytes.count == cr + 1 { return cr < 106 ? .incomplete : .invalid }
  guard bytes[cr + 1] == 0x0A, cr < 106 else { return .invalid }
  var header = ProxyHeader(version: 1, command: .proxy, byteCount: cr + 2)
  // Any byte may be in an UNKNOWN, so bytes are characters here.
  let line = String(String.UnicodeScalarView(bytes[..<cr].map { Unicode.Scalar($0) }))
  if line == "PROXY UNKNOWN" || line.hasPrefix("PROXY UNKNOWN ") { return .header(header) }
  let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
  guard words.count == 6, words[0] == "PROXY", ["TCP4", "TCP6"].contains(words[1]) else { return .invalid }
  let isIPv4 = words[1] == "TCP4"
  guard words[2...3].allSatisfy({ $0.contains(":") != isIPv4 }),
    let source = IPAddress(words[2]), let destination = IPAddress(words[3]),
    let sourcePort = UInt16(words[4]), String(sourcePort) == words[4],
    let port = UInt16(words[5]), String(port) == words[5]
  else { return .invalid }
  header.source = Endpoint(address: source, port: sourcePort)
  header.destination = Endpoint(address: destination, port: port)
  return .header(header)
}

private func plainBinary(_ bytes: [UInt8]) -> ProxyHeader.Reading {
  let sizes: [UInt8: Int] = [0: 0, 0x11: 12, 0x12: 12, 0x21: 36, 0x22: 36, 0x31: 216, 0x32: 216]
  if bytes.count > 12, ![0x20, 0x21].contains(bytes[12]) { return .invalid }
  if bytes.count > 13, bytes[12] == 0x21, sizes[bytes[13]] == nil { return .invalid }
  guard bytes.count >= 16 else { return .incomplete }
  let (length, isLocal) = (Int(bytes[14]) * 256 + Int(bytes[15]), bytes[12] == 0x20)
  let size = sizes[bytes[13]] ?? 0
  if !isLocal, length < size { return .invalid }
  guard bytes.count >= 16 + length else { return .incomplete }
  var header = ProxyHeader(version: 2, command: isLocal ? .local : .proxy, byteCount: 16 + length)
  if isLocal { return .header(header) }
  let whole = Array(bytes.prefix(16 + length))
  if size == 12 || size == 36 {
    let octets = (size - 4) / 2
    header.source = Endpoint(
      address: plainAddress(whole[16..<16 + octets]), port: plainPort(whole[(16 + 2 * octets)...]))
    header.destination = Endpoint(
      address: plainAddress(whole[(16 + octets)..<(16 + 2 * octets)]),
      port: plainPort(whole[(18 + 2 * octets)...]))
  }
  return plainAdditions(header, whole, from: 16 + size)
}

private func plainAdditions(
  _ plain: ProxyHeader, _ bytes: [UInt8], from start: Int
) -> ProxyHeader.Reading {
  var header = plain
  var fields: [UInt8: [ProxyHeader.Field]] = [:]
  var rest = bytes[start...]
  var isWhole = true
  while isWhole, !rest.isEmpty {
    let tlv = Array(rest)
    isWhole = tlv.count >= 3 && tlv.count >= 3 + Int(tlv[1]) * 256 + Int(tlv[2])
    guard isWhole else { break }
    let length = Int(tlv[1]) * 256 + Int(tlv[2])
    let limits: [UInt8: ClosedRange<Int>] = [1: 0...255, 2: 0...255, 3: 4...4, 5: 0...128]
    if let limit = limits[tlv[0]], !limit.contains(length) { isWhole = false }
    fields[tlv[0], default: []].append(.init(offset: UInt32(rest.startIndex + 3), byteCount: UInt16(length)))
    rest = rest.dropFirst(3 + length)
  }
  if fields[3]?.count ?? 0 > 1 { isWhole = false }
  guard isWhole else { return bytes[13] == 0 ? .header(plain) : .invalid }
  if let offset = (fields[3]?.first?.offset).map(Int.init) {
    var zeroed = bytes
    for index in offset..<offset + 4 { zeroed[index] = 0 }
    let sent = bytes[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard plainCRC32C(zeroed) == sent else { return .invalid }
  }
  (header.alpn, header.authority, header.uniqueID) = (fields[1]?.first, fields[2]?.first, fields[5]?.first)
  return .header(header)
}

private func plainPort(_ bytes: ArraySlice<UInt8>) -> UInt16 {
  bytes.prefix(2).reduce(0) { $0 << 8 | UInt16($1) }
}

private func plainAddress(_ octets: ArraySlice<UInt8>) -> IPAddress {
  let bits = octets.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
  return octets.count == 4 ? IPAddress(v4: UInt32(bits)) : IPAddress(bits: bits)
}

/// A bit at a time.
func plainCRC32C(_ bytes: [UInt8]) -> UInt32 {
  var state = UInt32.max
  for byte in bytes {
    state ^= UInt32(byte)
    for _ in 0..<8 { state = state & 1 == 0 ? state >> 1 : state >> 1 ^ 0x82F6_3B78 }
  }
  return ~state
}
