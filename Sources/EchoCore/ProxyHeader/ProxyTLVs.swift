/// The additions to a header of version 2: each has a type (1 byte), a length (2 bytes) and a value. See the
/// specification, section 2.2.
struct ProxyTLVs {
  /// Why the additions make a header invalid.
  enum Failure: Error {
    /// One is longer than the header, or than its type permits, or there are two checksums.
    case malformed
    /// The checksum is wrong.
    case corrupt
  }

  /// The longest values.
  enum Limit {
    /// That of a host name in TLS (RFC 6066, section 3) and in the DNS.
    static let authority = 255
    /// That of a protocol's name (RFC 7301, section 3.1).
    static let alpn = 255
    /// The specification's limit for PP2_TYPE_UNIQUE_ID.
    static let uniqueID = 128
  }

  private static let checksumBytes = 4

  /// The first of each type.
  private(set) var authority: ProxyHeader.Field?
  private(set) var alpn: ProxyHeader.Field?
  private(set) var uniqueID: ProxyHeader.Field?
  private var checksum: ProxyHeader.Field?

  /// Reads the additions, from an offset to the end of a header, and checks the header's checksum if there is one.
  init(_ header: UnsafeRawBufferPointer, from start: Int) throws(Failure) {
    var position = start
    while position < header.count {
      guard header.count - position >= 3 else { throw .malformed }
      let length = Int(header[position + 1]) << 8 | Int(header[position + 2])
      let value = position + 3
      guard header.count - value >= length else { throw .malformed }
      let field = ProxyHeader.Field(offset: UInt32(value), byteCount: UInt16(length))
      try take(type: header[position], field)
      position = value + length
    }
    if let checksum, !Self.isRight(checksum, in: header) { throw .corrupt }
  }

  /// Keeps the values that are used; all others are skipped, whether we know their type or not.
  private mutating func take(type: UInt8, _ field: ProxyHeader.Field) throws(Failure) {
    switch type {
    // PP2_TYPE_ALPN, PP2_TYPE_AUTHORITY, PP2_TYPE_CRC32C, PP2_TYPE_UNIQUE_ID
    case 0x01:
      guard field.byteCount <= Limit.alpn else { throw .malformed }
      alpn = alpn ?? field
    case 0x02:
      guard field.byteCount <= Limit.authority else { throw .malformed }
      authority = authority ?? field
    case 0x03:
      guard field.byteCount == Self.checksumBytes, checksum == nil else { throw .malformed }
      checksum = field
    case 0x05:
      guard field.byteCount <= Limit.uniqueID else { throw .malformed }
      uniqueID = uniqueID ?? field
    default: break
    }
  }

  /// Whether the checksum is that of the whole header with zeros in its place.
  private static func isRight(_ field: ProxyHeader.Field, in header: UnsafeRawBufferPointer) -> Bool {
    let offset = Int(field.offset)
    let expected = UInt32(bigEndian: header.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    var checksum = CRC32C()
    checksum.append(UnsafeRawBufferPointer(rebasing: header[..<offset]))
    withUnsafeBytes(of: UInt32(0)) { checksum.append($0) }
    checksum.append(UnsafeRawBufferPointer(rebasing: header[(offset + checksumBytes)...]))
    return checksum.value == expected
  }
}
