/// Which messages of a datagram load are in flight.
///
/// Each has one of its socket's slots. The lowest bits of its number are the slot's index, and the bits above say how
/// often the slot was used. So the number of a reply leads to its message, and late and duplicate replies are recognized.
struct DatagramSlots {
  /// What a datagram with a number is.
  enum Kind: Hashable {
    /// The reply to a message in flight, which counts as sent at a time.
    case awaited(sentAt: Int64)
    /// The reply to a message that was given up.
    case late
    /// A further reply.
    case duplicate
  }

  private struct Slot {
    /// When the message counts as sent, and when it was.
    var countsFrom: Int64 = 0
    var sentAt: Int64 = 0
    /// The number of the message in flight, or of the last one.
    var number: UInt32
    /// The last message of this slot that was given up, until its reply comes.
    var lost: UInt32?
    var isInFlight = false
    /// The next free slot of the socket, or -1.
    var next: Int
  }

  private let depth: Int
  private let numberMask: UInt32
  private let indexBits: UInt32
  private var slots: [Slot]
  /// Each socket's first free slot, or -1.
  private var free: [Int]

  /// Free slots, `depth` for each socket, for messages of a size.
  init(sockets: Int, depth: Int, messageBytes: Int) {
    self.depth = depth
    numberMask = MessageNumber.mask(forBytes: messageBytes)
    indexBits = UInt32(depth == 1 ? 0 : Int.bitWidth - (depth - 1).leadingZeroBitCount)
    slots = (0..<sockets * depth).map { index in
      let slot = index % depth
      return Slot(number: UInt32(slot), next: slot + 1 < depth ? slot + 1 : -1)
    }
    free = [Int](repeating: 0, count: sockets)
  }

  /// Whether a socket has room for a message.
  func hasRoom(on socket: Int) -> Bool { free[socket] >= 0 }

  /// Begins a message on a socket that has room, and returns its number.
  mutating func begin(on socket: Int, countsFrom: Int64, at now: Int64) -> UInt32 {
    let index = socket * depth + free[socket]
    free[socket] = slots[index].next
    slots[index].number &+= 1 << indexBits
    (slots[index].isInFlight, slots[index].sentAt, slots[index].countsFrom) = (true, now, countsFrom)
    return slots[index].number
  }

  /// Judges a datagram by its number, and frees the slot of its message; `nil` when no message had this number.
  mutating func judge(_ number: UInt32, on socket: Int) -> Kind? {
    let slot = Int(number & (1 << indexBits - 1))
    guard slot < depth else { return nil }
    let index = socket * depth + slot
    if slots[index].isInFlight, (number ^ slots[index].number) & numberMask == 0 {
      release(slot, of: socket)
      return .awaited(sentAt: slots[index].countsFrom)
    }
    if let lost = slots[index].lost, (number ^ lost) & numberMask == 0 {
      slots[index].lost = nil
      return .late
    }
    return Int32(bitPattern: slots[index].number &- number) >= 0 ? .duplicate : nil
  }

  /// Gives up a socket's messages that were sent before a time, and returns how many.
  mutating func giveUp(sentBefore time: Int64, on socket: Int) -> Int {
    var count = 0
    for slot in 0..<depth {
      let index = socket * depth + slot
      guard slots[index].isInFlight, slots[index].sentAt < time else { continue }
      slots[index].lost = slots[index].number
      release(slot, of: socket)
      count += 1
    }
    return count
  }

  private mutating func release(_ slot: Int, of socket: Int) {
    let index = socket * depth + slot
    slots[index].isInFlight = false
    slots[index].next = free[socket]
    free[socket] = slot
  }
}
