import EchoCore

/// A PROXY header and its values, which a connection keeps for a service that shows them. The rest of the header, which
/// can be 64 KiB long, is not kept.
final class KeptHeader {
  private var header: ProxyHeader
  private let bytes: UnsafeMutableRawBufferPointer

  /// Copies the values out of the header's bytes.
  init(_ header: ProxyHeader, _ bytes: UnsafeRawBufferPointer) {
    self.header = header
    let fields = [header.authority, header.alpn, header.uniqueID].compactMap(\.self)
    let byteCount = fields.reduce(0) { $0 + Int($1.byteCount) }
    self.bytes = .allocate(byteCount: byteCount, alignment: 1)
    var offset = 0
    func moved(_ field: ProxyHeader.Field?) -> ProxyHeader.Field? {
      guard var field else { return nil }
      let value = UnsafeRawBufferPointer(rebasing: bytes[Int(field.offset)...].prefix(Int(field.byteCount)))
      UnsafeMutableRawBufferPointer(rebasing: self.bytes[offset...]).copyMemory(from: value)
      field.offset = UInt32(offset)
      offset += value.count
      return field
    }
    self.header.authority = moved(header.authority)
    self.header.alpn = moved(header.alpn)
    self.header.uniqueID = moved(header.uniqueID)
  }

  /// Reads what ``encoded`` wrote; `nil` if these are other bytes.
  convenience init?(decoding encoded: [UInt8]) {
    var reader = StateReader(encoded)
    guard let values = try? reader.content(atMost: ProxyHeader.byteLimit),
      let header = try? ProxyHeader(from: &reader, valuesIn: values.count)
    else { return nil }
    self.init(copying: header, values)
  }

  /// The header and its values, for the next process.
  var encoded: [UInt8] {
    var writer = StateWriter()
    writer.write(Array(bytes))
    header.write(to: &writer)
    return writer.bytes
  }

  private init(copying header: ProxyHeader, _ values: [UInt8]) {
    self.header = header
    bytes = .allocate(byteCount: values.count, alignment: 1)
    bytes.copyBytes(from: values)
  }

  deinit { bytes.deallocate() }

  /// The header as it is passed to a service. The bytes are valid while this object exists.
  var facts: (header: ProxyHeader, bytes: UnsafeRawBufferPointer) { (header, UnsafeRawBufferPointer(bytes)) }
}
