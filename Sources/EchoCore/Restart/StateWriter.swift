public import Addresses

/// Writes values one after another, for a ``StateReader`` in the next process on the same machine.
///
/// Numbers are little-endian. Texts, lists and other bytes are preceded by their length, in 32 bits.
public struct StateWriter: Sendable {
  /// What has been written so far.
  public private(set) var bytes: [UInt8] = []

  /// Makes an empty writer, with memory for this many bytes.
  public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  /// The bytes that a closure writes.
  public static func bytes(_ write: (inout StateWriter) -> Void) -> [UInt8] {
    var writer = StateWriter()
    write(&writer)
    return writer.bytes
  }

  /// Writes a number with all its bytes.
  public mutating func write(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Writes a byte: 1 or 0.
  public mutating func write(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

  /// Writes bytes and their number.
  public mutating func write(_ content: [UInt8]) {
    write(UInt32(content.count))
    bytes += content
  }

  /// Writes a text as UTF-8.
  public mutating func write(_ text: String) { write(Array(text.utf8)) }

  /// Writes an address.
  public mutating func write(_ address: IPAddress) { write(address.bits) }

  /// Writes an endpoint.
  public mutating func write(_ endpoint: Endpoint) {
    write(endpoint.address)
    write(endpoint.port)
    write(endpoint.scope)
  }

  /// Writes whether there is a value, and the value.
  public mutating func write<Value>(_ value: Value?, _ write: (inout StateWriter, Value) -> Void) {
    self.write(value != nil)
    if let value { write(&self, value) }
  }

  /// Writes the number of values, and the values.
  public mutating func write<Value>(_ values: [Value], _ write: (inout StateWriter, Value) -> Void) {
    self.write(UInt32(values.count))
    for value in values { write(&self, value) }
  }
}
