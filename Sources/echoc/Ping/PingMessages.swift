/// The messages of a ping: a number, then bytes of the ``Pattern`` from an offset that depends on the number.
struct PingMessages: ~Copyable {
  /// How many bytes a message has.
  let bytes: Int
  private let pattern: Pattern

  /// Messages of a size.
  init(bytes: Int) {
    self.bytes = bytes
    pattern = Pattern(pieceLimit: bytes)
  }

  /// A message.
  func message(_ number: UInt32) -> [UInt8] {
    let letters = withUnsafeBytes(of: MessageNumber.letters(of: number)) { Array($0.prefix(bytes)) }
    let offset = Int(number % UInt32(Pattern.period))
    return letters + pattern.piece(at: offset, count: bytes - letters.count)
  }

  /// The number that a reply carries, or as much of it as there is room for; `nil` when it has none.
  func number(in reply: ArraySlice<UInt8>) -> UInt32? {
    reply.count == bytes ? reply.withUnsafeBytes { MessageNumber.number(in: $0) } : nil
  }

  /// What is wrong with a reply to a message; `nil` when it is correct.
  func fault(in reply: ArraySlice<UInt8>, to number: UInt32) -> PingFault? {
    guard reply.count == bytes else { return .length(reply.count, expected: bytes) }
    let message = message(number)
    guard let index = message.indices.first(where: { message[$0] != reply[reply.startIndex + $0] }) else {
      return nil
    }
    return .byte(index, reply[reply.startIndex + index], expected: message[index])
  }
}

/// What is wrong with a reply.
enum PingFault: Hashable {
  /// It has a wrong length.
  case length(Int, expected: Int)
  /// It has a wrong byte: the first one.
  case byte(Int, UInt8, expected: UInt8)
  /// More came than was sent.
  case excess
  /// No remembered message has its number.
  case unknownNumber
}

extension PingFault: CustomStringConvertible {
  /// The fault, as it follows "wrong reply: ".
  var description: String {
    switch self {
    case .length(let length, let expected): "\(length.counted("byte")) instead of \(expected)"
    case .byte(let index, let byte, let expected):
      "byte \(index) is \(byte.hexadecimal) instead of \(expected.hexadecimal)"
    case .excess: "more bytes came back than were sent"
    case .unknownNumber: "its number was never sent"
    }
  }
}
