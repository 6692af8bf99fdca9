// A state as bytes: a header, and then the parts in the order of their properties.
//
// The header has 20 bytes: "echodRST", the version of the layout in 32 bits, and the length of the whole in 64 bits.

extension RestartState {
  /// The version of the layout. It changes only with the layout: not with echod's version, and not when a figure is
  /// added or removed, because figures have names.
  public static let layoutVersion: UInt32 = 1
  /// How long a state can be, in bytes: see ``encoded(atMost:)``.
  public static let byteLimit = 64 << 20
  /// How many connections of a listener are read: more than `maxConnections` permits.
  public static let connections = 1 << 20
  /// How long the configuration can be, in bytes. With all defaults and its indentation it is longer than in the file.
  public static let configurationBytes = 4 * Limits.fileBytes

  /// "echodRST".
  private static let magic = UInt64(littleEndian: 0x5453_5264_6F68_6365)
  private static let headerBytes = 8 + 4 + 8

  /// The state as bytes, and what was left out because it would exceed the limit: phrases such as "the clients of
  /// listener NAME", for the log.
  ///
  /// The largest of the tables are left out first, then what connections have in their buffers: see
  /// ``ConnectionState/lacksBytes``. What identifies and describes connections is never left out. It can exceed
  /// ``byteLimit`` only with more than 400,000 connections.
  public func encoded(atMost limit: Int = RestartState.byteLimit) -> (bytes: [UInt8], leftOut: [String]) {
    let room = StateRoom(self, limit: limit - Self.headerBytes)
    let byteCount = Self.headerBytes + room.byteCount
    var writer = StateWriter(capacity: byteCount)
    writer.write(Self.magic)
    writer.write(Self.layoutVersion)
    writer.write(UInt64(byteCount))
    room.state.write(to: &writer)
    return (writer.bytes, room.leftOut)
  }

  /// Reads what ``encoded(atMost:)`` made. The bytes can be anything; the result takes a small multiple of their
  /// memory.
  public init(decoding bytes: [UInt8]) throws(RestartStateError) {
    let magic = withUnsafeBytes(of: Self.magic.littleEndian) { Array($0) }
    guard bytes.starts(with: magic.prefix(bytes.count)) else { throw .foreign }
    guard bytes.count >= Self.headerBytes else { throw .truncated }
    var reader = StateReader(bytes)
    let (version, byteCount): (UInt32, UInt64)
    do throws(StateError) {
      _ = try reader.number(UInt64.self)
      (version, byteCount) = (try reader.number(), try reader.number())
    } catch { throw .truncated }
    guard version == Self.layoutVersion else { throw .otherVersion(version) }
    guard bytes.count >= byteCount else { throw .truncated }
    do throws(StateError) {
      self = try RestartState(reading: &reader)
    } catch { throw .invalid }
    guard reader.bytesLeft == 0, bytes.count == byteCount else { throw .invalid }
  }
}
