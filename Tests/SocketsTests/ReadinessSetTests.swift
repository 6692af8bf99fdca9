import Glibc
import Testing

@testable import Sockets

@Suite("A readiness set")
struct ReadinessSetTests {
  /// The tokens that one wait reports.
  private func tokens(of set: borrowing ReadinessSet, milliseconds: Int32 = 0) -> [UInt64] {
    let count = set.wait(milliseconds: milliseconds)
    return (0..<count).map { set.token(at: $0) }
  }

  @Test("reports a member by its token as long as it is ready")
  func levelTriggered() throws {
    let set = try ReadinessSet()
    let (first, second) = (try WakeUp(), try WakeUp())
    try set.add(first.descriptor, for: .readable, token: .max)
    try set.add(second.descriptor, for: .readable, token: 2)
    #expect(tokens(of: set).isEmpty)
    first.signal()
    for _ in 0..<3 { #expect(tokens(of: set) == [.max]) }
    second.signal()
    #expect(Set(tokens(of: set)) == [.max, 2])
    first.clear()
    #expect(tokens(of: set) == [2])
  }

  @Test("reports an edge-triggered member once, until more comes or it is told again")
  func edgeTriggered() throws {
    let set = try ReadinessSet()
    let wakeUp = try WakeUp()
    let interest: ReadinessSet.Interest = [.readable, .edgeTriggered]
    try set.add(wakeUp.descriptor, for: interest, token: 1)
    wakeUp.signal()
    #expect(tokens(of: set) == [1])
    #expect(tokens(of: set).isEmpty)
    wakeUp.signal()
    #expect(tokens(of: set) == [1])
    #expect(tokens(of: set).isEmpty)
    try set.modify(wakeUp.descriptor, for: interest, token: 2)
    #expect(tokens(of: set) == [2])
  }

  @Test("tells of a stream's end behind the bytes that are still to be taken")
  func end() async throws {
    let pair = try ConnectedPair()
    let set = try ReadinessSet()
    try set.add(pair.ours.descriptor, for: [.readable, .end, .edgeTriggered], token: 1)
    try await pair.peer.send([7])
    #expect(set.wait(milliseconds: patience) == 1 && !set.isEnded(at: 0))
    pair.peer.shutdownSending()
    #expect(set.wait(milliseconds: patience) == 1 && set.isEnded(at: 0))
  }

  @Test("waits no shorter than it is told to the nanosecond, and not at all when that is over")
  func nanoseconds() throws {
    let set = try ReadinessSet()
    CurrentProcess.useExactTimers()
    let before = SystemClock.monotonicNanoseconds()
    #expect(set.wait(nanoseconds: 1_500_000) == 0)
    #expect(SystemClock.monotonicNanoseconds() - before >= 1_500_000)
    #expect(set.wait(nanoseconds: -1) == 0)
    let wakeUp = try WakeUp()
    try set.add(wakeUp.descriptor, for: .readable, token: 1)
    wakeUp.signal()
    #expect(set.wait(nanoseconds: .max) == 1)
  }

  @Test("waits for what it was told last")
  func modify() throws {
    let set = try ReadinessSet()
    let wakeUp = try WakeUp()
    wakeUp.signal()
    try set.add(wakeUp.descriptor, for: [], token: 1)
    #expect(tokens(of: set).isEmpty)
    try set.modify(wakeUp.descriptor, for: .readable, token: 2)
    #expect(tokens(of: set) == [2])
    wakeUp.clear()
    #expect(tokens(of: set).isEmpty)
    try set.modify(wakeUp.descriptor, for: .writable, token: 3)
    #expect(tokens(of: set) == [3])
    try set.modify(wakeUp.descriptor, for: [.readable, .writable], token: 4)
    #expect(tokens(of: set) == [4])
  }

  @Test("reports a member no more that was taken out or closed, and takes it in again")
  func remove() throws {
    let set = try ReadinessSet()
    let wakeUp = try WakeUp()
    wakeUp.signal()
    for _ in 0..<2 {
      try set.add(wakeUp.descriptor, for: .readable, token: 1)
      #expect(tokens(of: set) == [1])
      try set.remove(wakeUp.descriptor)
      #expect(tokens(of: set).isEmpty)
    }
    do {
      let closed = try WakeUp()
      closed.signal()
      try set.add(closed.descriptor, for: .readable, token: 2)
      #expect(tokens(of: set) == [2])
    }
    #expect(tokens(of: set).isEmpty)
  }

  @Test("takes a member once, and changes and loses none that it has not")
  func misuse() throws {
    let set = try ReadinessSet()
    let wakeUp = try WakeUp()
    #expect(throws: (any Error).self) { try set.modify(wakeUp.descriptor, for: .readable, token: 1) }
    #expect(throws: (any Error).self) { try set.remove(wakeUp.descriptor) }
    try set.add(wakeUp.descriptor, for: .readable, token: 1)
    #expect(throws: (any Error).self) { try set.add(wakeUp.descriptor, for: .readable, token: 2) }
  }

  @Test("reports a hang-up that nobody waits for")
  func hangUp() throws {
    let set = try ReadinessSet()
    let (reader, writer) = try makePipe()
    let reading = Descriptor(owning: reader)
    try set.add(reading, for: [], token: 1)
    #expect(tokens(of: set).isEmpty)
    close(writer)
    #expect(tokens(of: set, milliseconds: patience) == [1])
  }

  @Test("reports everybody in turn when more are ready than one wait tells")
  func fairness() throws {
    let set = try ReadinessSet()
    let members = try (0..<ReadinessSet.eventCapacity + 50).map { _ in try WakeUp() }
    for (number, member) in members.enumerated() {
      try set.add(member.descriptor, for: .readable, token: UInt64(number))
      member.signal()
    }
    let first = tokens(of: set)
    #expect(first.count == ReadinessSet.eventCapacity)
    #expect(Set(first + tokens(of: set)).count == members.count)
  }

  @Test("is ready itself when a member is, for others to watch")
  func nested() throws {
    let outer = try ReadinessSet()
    let inner = try ReadinessSet()
    let wakeUp = try WakeUp()
    try inner.add(wakeUp.descriptor, for: .readable, token: 1)
    let watched = Descriptor(owning: dup(inner.number))
    try outer.add(watched, for: .readable, token: 2)
    #expect(tokens(of: outer).isEmpty)
    wakeUp.signal()
    #expect(tokens(of: outer) == [2])
  }
}
