import Testing

@testable import EchoCore

@Suite("A paced line")
struct PacedLineTests {
  private static let second: Int64 = 1_000_000_000

  @Test("takes the time that the bytes need")
  func alone() {
    var line = PacedLine()
    #expect(line.wait(at: 5) == 0)
    let end = line.send(500, bytesPerSecond: 1000, at: 5)
    #expect(end == 5 + Self.second / 2)
    #expect(line.wait(at: 5) == Self.second / 2 && line.wait(at: end) == 0 && line.wait(at: end + 1) == 0)
  }

  @Test("sends one reply after another, and saves up nothing while it is free")
  func queue() {
    var line = PacedLine()
    let ends = (0..<3).map { _ in line.send(100, bytesPerSecond: 1000, at: 0) }
    #expect(ends == [Self.second / 10, Self.second / 5, Self.second * 3 / 10])
    let later = line.send(100, bytesPerSecond: 1000, at: 10 * Self.second)
    #expect(later == 10 * Self.second + Self.second / 10)
  }

  @Test("has its speed in the long run, whatever the size of the replies", arguments: [1, 7, 1500, 65_507])
  func speed(byteCount: Int) {
    var line = PacedLine()
    var end: Int64 = 0
    for _ in 0..<1000 { end = line.send(byteCount, bytesPerSecond: 1_000_000, at: 0) }
    #expect(end == Int64(byteCount) * 1_000_000)
  }

  @Test("continues where another line was, whatever the time is")
  func continued() {
    var line = PacedLine(freeAt: PacedLine(freeAt: 3 * Self.second).freeAt)
    #expect(line.wait(at: Self.second) == 2 * Self.second)
    let end = line.send(1000, bytesPerSecond: 1000, at: Self.second)
    #expect(end == 4 * Self.second)
    #expect([Int64.min, -1].map { PacedLine(freeAt: $0).wait(at: Self.second) } == [0, 0])
    var late = PacedLine(freeAt: .max)
    let far = late.send(262_144, bytesPerSecond: 1, at: 0)
    #expect(far == .max / 2 + 262_144 * Self.second)
  }

  @Test("does not overflow at its slowest, nor stand still at its fastest")
  func bounds() {
    var line = PacedLine()
    let slow = line.send(262_144, bytesPerSecond: 1, at: 1 << 60)
    #expect(slow == 1 << 60 + 262_144 * Self.second)
    var fast = PacedLine()
    let end = fast.send(1, bytesPerSecond: 1_000_000_000, at: 0)
    #expect(end == 1)
    let empty = fast.send(0, bytesPerSecond: 1, at: 0)
    #expect(empty == 1)
  }
}
