/// Walks through the TLVs of a message. Each step reads only a few bytes, and a walk reads no byte of the message more
/// than twice, whatever the message contains.
public struct StampTLVs: Sendable {
  private var next: Int
  private let end: Int
  /// Where the zeros at the end begin; found when it is first needed.
  private var zeros: Int?

  /// Starts after the base message.
  public init(in message: UnsafeRawBufferPointer) {
    (next, end) = (StampMessage.baseBytes, message.count)
  }

  /// The next TLV of the message; `nil` at its end, before padding, or if fewer bytes are left than a TLV has. Call it
  /// with the same message each time; flags and values may have changed. Stop at a TLV with a wrong length: nothing
  /// after it has a meaning.
  public mutating func next(in message: UnsafeRawBufferPointer) -> StampTLV? {
    guard end - next >= StampTLV.headerBytes, !isPadding(message) else { return nil }
    let begin = next + StampTLV.headerBytes
    let length: UInt16 = message.bigEndian(at: next + 2)
    let valueEnd = begin + Int(length)
    defer { next = min(valueEnd, end) }
    return StampTLV(
      offset: next, flags: StampTLV.Flags(rawValue: message[next]), type: message[next + 1],
      value: begin..<min(valueEnd, end), isOverrun: valueEnd > end)
  }

  /// Whether only zeros are left.
  private mutating func isPadding(_ message: UnsafeRawBufferPointer) -> Bool {
    guard message[next] == 0, message[next + 1] == 0 else { return false }
    let zeros = zeros ?? (message[next...].lastIndex { $0 != 0 }.map { $0 + 1 } ?? next)
    self.zeros = zeros
    return next >= zeros
  }
}
