import Testing

@testable import echoc

@Suite("The bytes that are sent")
struct PatternTests {
  @Test("are letters and digits that `uppercase` leaves as they are")
  func alphabet() {
    let pattern = Pattern(reach: Pattern.period)
    let bytes = Array(pattern.piece(at: 0, count: Pattern.period))
    let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
    #expect(Set(bytes) == alphabet)
  }

  @Test("go on where they began after a period, in whatever pieces they are taken")
  func stream() {
    let pattern = Pattern(reach: 3 * Pattern.period)
    let whole = Array(pattern.piece(at: 0, count: 3 * Pattern.period))
    var pieces: [UInt8] = []
    var place = 0
    while pieces.count < whole.count {
      let count = min(1000, whole.count - pieces.count)
      pieces += pattern.piece(at: place, count: count)
      place = Pattern.place(place, advancedBy: count)
    }
    #expect(pieces == whole)
  }

  @Test("begin elsewhere for each connection, and hardly anywhere look like another piece")
  func beginnings() {
    let pattern = Pattern(reach: 16)
    #expect(Set((0..<Pattern.period).map(Pattern.beginning)).count == Pattern.period)
    let pieces = Set((0..<Pattern.period).map { Array(pattern.piece(at: $0, count: 16)) })
    #expect(pieces.count == Pattern.period)
  }

  @Test("match themselves alone, and the first byte that differs is found")
  func comparison() {
    let pattern = Pattern(reach: 100)
    var bytes = Array(pattern.piece(at: 4090, count: 100))
    let (same, moved) = bytes.withUnsafeBytes {
      (pattern.matches($0, at: 4090), pattern.matches($0, at: 4091))
    }
    #expect(same && !moved)
    bytes[57] ^= 0x20
    bytes[58] ^= 0x20
    let (changed, place) = bytes.withUnsafeBytes {
      (pattern.matches($0, at: 4090), pattern.firstDifference($0, at: 4090))
    }
    #expect(!changed && place == 57)
  }
}
