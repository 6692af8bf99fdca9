extension ProxyHeader {
  /// Writes the header for the next process. Its values are elsewhere: the fields say where.
  public func write(to writer: inout StateWriter) {
    writer.write(UInt8(truncatingIfNeeded: version))
    writer.write(command == .proxy)
    writer.write(source) { $0.write($1) }
    writer.write(destination) { $0.write($1) }
    for field in [authority, alpn, uniqueID] {
      writer.write(field) { writer, field in
        writer.write(field.offset)
        writer.write(field.byteCount)
      }
    }
    writer.write(UInt32(truncatingIfNeeded: byteCount))
  }

  /// Reads what ``write(to:)`` wrote. Every value must be within the first `byteCount` bytes.
  public init(from reader: inout StateReader, valuesIn byteCount: Int) throws(StateError) {
    func field(_ reader: inout StateReader) throws(StateError) -> Field {
      let field = Field(offset: try reader.number(), byteCount: try reader.number())
      guard Int(field.offset) + Int(field.byteCount) <= byteCount else { throw .invalid }
      return field
    }
    let version = Int(try reader.number(UInt8.self))
    guard version == 1 || version == 2 else { throw .invalid }
    self.init(
      version: version, command: try reader.flag() ? .proxy : .local,
      source: try reader.optional { (reader) throws(StateError) in try reader.endpoint() },
      destination: try reader.optional { (reader) throws(StateError) in try reader.endpoint() },
      authority: try reader.optional(field), alpn: try reader.optional(field),
      uniqueID: try reader.optional(field), byteCount: Int(try reader.number(UInt32.self)))
  }
}
