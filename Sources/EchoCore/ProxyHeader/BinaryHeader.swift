import Addresses

extension ProxyHeader {
  /// What a header of version 2 begins with.
  static var binarySignature: StaticString { "\r\n\r\n\0\r\nQUIT\n" }
  /// The part that every header of version 2 has: signature, version and command, family, length.
  static let binaryPrefixBytes = 16

  /// Reads a header of version 2. See the specification, section 2.2.
  static func binary(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> ProxyHeader {
    let signature = binarySignature
    for (index, byte) in bytes.prefix(signature.utf8CodeUnitCount).enumerated() {
      guard byte == signature.utf8Start[index] else { throw .invalid }
    }
    guard bytes.count > 12 else { throw .incomplete }
    guard let command = Command(code: bytes[12]) else { throw .invalid }
    guard bytes.count > 13 else { throw .incomplete }
    let family = Family(rawValue: bytes[13])
    // A family that we do not know makes no difference to a LOCAL.
    guard family != nil || command == .local else { throw .invalid }
    guard bytes.count >= binaryPrefixBytes else { throw .incomplete }
    let length = Int(bytes[14]) << 8 | Int(bytes[15])
    guard command == .local || length >= family?.addressBytes ?? 0 else { throw .invalid }
    guard bytes.count >= binaryPrefixBytes + length else { throw .incomplete }

    let header = ProxyHeader(version: 2, command: command, byteCount: binaryPrefixBytes + length)
    // What follows a LOCAL has no meaning: it can have a family and no addresses.
    guard command == .proxy, let family else { return header }
    return try header.completed(family, UnsafeRawBufferPointer(rebasing: bytes[..<header.byteCount]))
  }

  /// Reads the addresses and the TLVs.
  private func completed(_ family: Family, _ bytes: UnsafeRawBufferPointer) throws(Failure) -> ProxyHeader {
    var header = self
    header.readAddresses(family, bytes)
    let start = Self.binaryPrefixBytes + family.addressBytes
    do throws(ProxyTLVs.Failure) {
      let values = try ProxyTLVs(bytes, from: start)
      (header.authority, header.alpn, header.uniqueID) = (values.authority, values.alpn, values.uniqueID)
    } catch {
      // What follows an unspecified family may be addresses of a form that we do not know.
      guard error == .malformed, family == .unspecified else { throw .invalid }
    }
    return header
  }

  private mutating func readAddresses(_ family: Family, _ bytes: UnsafeRawBufferPointer) {
    let start = Self.binaryPrefixBytes
    switch family {
    case .ipv4Stream, .ipv4Datagram:
      let address = { (offset: Int) in
        IPAddress(v4: UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
      }
      source = Endpoint(address: address(start), port: Self.port(bytes, start + 8))
      destination = Endpoint(address: address(start + 4), port: Self.port(bytes, start + 10))
    case .ipv6Stream, .ipv6Datagram:
      let address = { (offset: Int) in
        IPAddress(bits: UInt128(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt128.self)))
      }
      source = Endpoint(address: address(start), port: Self.port(bytes, start + 32))
      destination = Endpoint(address: address(start + 16), port: Self.port(bytes, start + 34))
    case .unspecified, .unixStream, .unixDatagram: break
    }
  }

  private static func port(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt16 {
    UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
  }

  /// The families and transports of version 2. The transport is not compared with ours: a proxy may forward by UDP what
  /// it received over TCP, as resolvers do.
  enum Family: UInt8 {
    case unspecified = 0x00
    case ipv4Stream = 0x11
    case ipv4Datagram = 0x12
    case ipv6Stream = 0x21
    case ipv6Datagram = 0x22
    case unixStream = 0x31
    case unixDatagram = 0x32

    /// How many bytes the two endpoints take.
    var addressBytes: Int {
      switch self {
      case .unspecified: 0
      case .ipv4Stream, .ipv4Datagram: 12
      case .ipv6Stream, .ipv6Datagram: 36
      case .unixStream, .unixDatagram: 216
      }
    }
  }
}

extension ProxyHeader.Command {
  /// The command of a byte that also says version 2; `nil` if it says something else.
  fileprivate init?(code: UInt8) {
    switch code {
    case 0x20: self = .local
    case 0x21: self = .proxy
    default: return nil
    }
  }
}
