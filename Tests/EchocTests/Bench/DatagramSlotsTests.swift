import Testing

@testable import echoc

@Suite("The slots of a datagram load")
struct DatagramSlotsTests {
  @Test("give every message in flight a number of its own, until none is free")
  func numbers() {
    var slots = DatagramSlots(sockets: 2, depth: 3, messageBytes: 64)
    var numbers: Set<UInt32> = []
    while slots.hasRoom(on: 1) { numbers.insert(slots.begin(on: 1, countsFrom: 0, at: 0)) }
    #expect(numbers.count == 3)
    #expect(slots.hasRoom(on: 0))
  }

  @Test("recognize the reply, and take every further one for a duplicate")
  func replies() {
    var slots = DatagramSlots(sockets: 1, depth: 1, messageBytes: 64)
    let number = slots.begin(on: 0, countsFrom: 7, at: 9)
    #expect(!slots.hasRoom(on: 0))
    #expect(slots.judge(number, on: 0) == .awaited(sentAt: 7))
    #expect(slots.hasRoom(on: 0))
    #expect(slots.judge(number, on: 0) == .duplicate)
    let next = slots.begin(on: 0, countsFrom: 8, at: 10)
    #expect(slots.judge(number, on: 0) == .duplicate)
    #expect(slots.judge(next, on: 0) == .awaited(sentAt: 8))
  }

  @Test("give up old messages, and recognize a late reply once")
  func late() {
    var slots = DatagramSlots(sockets: 1, depth: 2, messageBytes: 64)
    let old = slots.begin(on: 0, countsFrom: 0, at: 0)
    let young = slots.begin(on: 0, countsFrom: 5, at: 5)
    #expect(slots.giveUp(sentBefore: 5, on: 0) == 1)
    #expect(slots.giveUp(sentBefore: 5, on: 0) == 0)
    #expect(slots.begin(on: 0, countsFrom: 6, at: 6) != old)
    #expect(slots.judge(old, on: 0) == .late)
    #expect(slots.judge(old, on: 0) == .duplicate)
    #expect(slots.judge(young, on: 0) == .awaited(sentAt: 5))
  }

  @Test("do not recognize a number that was not sent", arguments: [1, 2, 3])
  func unknown(depth: Int) {
    var slots = DatagramSlots(sockets: 1, depth: depth, messageBytes: 64)
    let number = slots.begin(on: 0, countsFrom: 0, at: 0)
    #expect(slots.judge(number + 4, on: 0) == nil)
    // The index of a fourth slot.
    if depth == 3 { #expect(slots.judge(3, on: 0) == nil) }
  }

  @Test("tell messages apart by the bits that they have room for, which can repeat")
  func shortMessages() {
    var slots = DatagramSlots(sockets: 1, depth: 16, messageBytes: 1)
    var numbers: Set<UInt32> = []
    while slots.hasRoom(on: 0) { numbers.insert(slots.begin(on: 0, countsFrom: 3, at: 0) & 0xF) }
    #expect(numbers.count == 16)
    for number in numbers { #expect(slots.judge(number, on: 0) == .awaited(sentAt: 3)) }
    #expect(numbers.allSatisfy { slots.judge($0, on: 0) == .duplicate })
  }
}
