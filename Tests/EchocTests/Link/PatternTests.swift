import Testing

@testable import echoc

@Suite("The bytes that are sent")
struct PatternTests {
  @Test("are letters and digits that `uppercase` leaves as they are")
  func alphabet() {
    let pattern = Pattern(pieceLimit: Pattern.period)
    let bytes = Array(pattern.piece(at: 0, count: Pattern.period))
    let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
    #expect(Set(bytes) == alphabet)
  }

  @Test("repeat after a period, in whatever pieces they are taken")
  func stream() {
    let pattern = Pattern(pieceLimit: 3 * Pattern.period)
    let whole = Array(pattern.piece(at: 0, count: 3 * Pattern.period))
    var pieces: [UInt8] = []
    var offset = 0
    while pieces.count < whole.count {
      let count = min(1000, whole.count - pieces.count)
      pieces += pattern.piece(at: offset, count: count)
      offset = Pattern.offset(offset, advancedBy: count)
    }
    #expect(pieces == whole)
  }

  @Test("begin at another offset for each connection, and no piece equals another")
  func beginnings() {
    let pattern = Pattern(pieceLimit: 16)
    #expect(Set((0..<Pattern.period).map(Pattern.start(ofConnection:))).count == Pattern.period)
    let pieces = Set((0..<Pattern.period).map { Array(pattern.piece(at: $0, count: 16)) })
    #expect(pieces.count == Pattern.period)
  }

  @Test("match only themselves, and the first byte that differs is found")
  func comparison() {
    let pattern = Pattern(pieceLimit: 100)
    var bytes = Array(pattern.piece(at: 4090, count: 100))
    let (same, moved) = bytes.withUnsafeBytes {
      (pattern.matches($0, at: 4090), pattern.matches($0, at: 4091))
    }
    #expect(same && !moved)
    bytes[57] ^= 0x20
    bytes[58] ^= 0x20
    let (changed, difference) = bytes.withUnsafeBytes {
      (pattern.matches($0, at: 4090), pattern.firstDifference(in: $0, at: 4090))
    }
    #expect(!changed && difference?.index == 57 && difference?.expected == bytes[57] ^ 0x20)
  }
}
