public import Addresses

/// Why a state cannot be read.
public enum StateError: Error {
  /// It ends too early.
  case truncated
  /// A value is not possible.
  case invalid
}

/// Reads what a ``StateWriter`` wrote. The bytes can be anything: every value is checked against what is left of them.
public struct StateReader: Sendable {
  /// The latest time in milliseconds: in nanoseconds, it is half of the latest one, so that it can be added to.
  static let latestTime = Int64.max / 2 / 1_000_000

  private let bytes: [UInt8]
  private var offset = 0

  /// Reads from the first byte on.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// How many bytes are left.
  public var bytesLeft: Int { bytes.count - offset }

  /// Reads a number.
  public mutating func number<Number: FixedWidthInteger>(
    _ type: Number.Type = Number.self
  ) throws(StateError) -> Number {
    let size = MemoryLayout<Number>.size
    guard bytesLeft >= size else { throw .truncated }
    defer { offset += size }
    return Number(
      littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) })
  }

  /// Reads 1 or 0.
  public mutating func flag() throws(StateError) -> Bool {
    switch try number(UInt8.self) {
    case 0: false
    case 1: true
    default: throw .invalid
    }
  }

  /// Reads a time, in milliseconds of the monotonic clock. One that is not possible becomes the nearest that is.
  public mutating func time() throws(StateError) -> Int64 {
    min(max(0, try number()), Self.latestTime)
  }

  /// Reads bytes, at most this many.
  public mutating func content(atMost limit: Int) throws(StateError) -> [UInt8] {
    let count = try count(atMost: limit, ofBytes: 1)
    defer { offset += count }
    return Array(bytes[offset..<offset + count])
  }

  /// Reads a text of at most this many bytes.
  public mutating func text(atMost limit: Int) throws(StateError) -> String {
    guard let text = String(validating: try content(atMost: limit), as: UTF8.self) else { throw .invalid }
    return text
  }

  /// Reads an address.
  public mutating func address() throws(StateError) -> IPAddress { IPAddress(bits: try number()) }

  /// Reads an endpoint.
  public mutating func endpoint() throws(StateError) -> Endpoint {
    Endpoint(address: try address(), port: try number(), scope: try number())
  }

  /// Reads a value if there is one.
  public mutating func optional<Value>(
    _ read: (inout StateReader) throws(StateError) -> Value
  ) throws(StateError) -> Value? {
    try flag() ? try read(&self) : nil
  }

  /// Reads a list of values: at most `limit` of them, each of which takes at least this many bytes.
  public mutating func list<Value>(
    atMost limit: Int, ofBytes leastBytes: Int, _ read: (inout StateReader) throws(StateError) -> Value
  ) throws(StateError) -> [Value] {
    let count = try count(atMost: limit, ofBytes: leastBytes)
    var values: [Value] = []
    values.reserveCapacity(count)
    for _ in 0..<count { values.append(try read(&self)) }
    return values
  }

  /// Reads values as ``list(atMost:ofBytes:_:)`` does, but keeps none of them.
  mutating func each(
    atMost limit: Int, ofBytes leastBytes: Int, _ read: (inout StateReader) throws(StateError) -> Void
  ) throws(StateError) {
    for _ in 0..<(try count(atMost: limit, ofBytes: leastBytes)) { try read(&self) }
  }

  /// Reads how many values follow, which is no more than is possible.
  private mutating func count(atMost limit: Int, ofBytes leastBytes: Int) throws(StateError) -> Int {
    let count = Int(try number(UInt32.self))
    guard count <= limit else { throw .invalid }
    guard count * leastBytes <= bytesLeft else { throw .truncated }
    return count
  }
}
