/// Which messages of a datagram load are in flight.
///
/// Each has a slot of its socket, and its number is the slot's place in the lowest bits and above it how often the slot
/// was used. So a reply is found by its number, and one that comes late or twice is known.
struct DatagramSlots {
  /// What a datagram with a number is.
  enum Verdict: Hashable {
    /// The reply to a message in flight, which counts as sent at a time.
    case awaited(stamp: Int64)
    /// The reply to a message that was given up.
    case late
    /// A further reply.
    case duplicate
  }

  private struct Slot {
    /// When the message counts as sent, and when it was.
    var stamp: Int64 = 0
    var sentAt: Int64 = 0
    /// The number of the message in flight, or of the last one that was.
    var number: UInt32
    /// Which message of this slot was given up, if none of it came since.
    var lost: UInt32?
    var isInFlight = false
    /// The next free slot of the socket, or -1.
    var next: Int
  }

  private let depth: Int
  private let numberMask: UInt32
  private let placeBits: UInt32
  private var slots: [Slot]
  /// Each socket's first free slot, or -1.
  private var free: [Int]

  /// Free slots, `depth` for each socket, for messages of a size.
  init(sockets: Int, depth: Int, messageBytes: Int) {
    self.depth = depth
    numberMask = MessageNumber.mask(forBytes: messageBytes)
    placeBits = UInt32(depth == 1 ? 0 : Int.bitWidth - (depth - 1).leadingZeroBitCount)
    slots = (0..<sockets * depth).map { index in
      let place = index % depth
      return Slot(number: UInt32(place), next: place + 1 < depth ? place + 1 : -1)
    }
    free = [Int](repeating: 0, count: sockets)
  }

  /// Whether a socket has room for a message.
  func hasRoom(on socket: Int) -> Bool { free[socket] >= 0 }

  /// Begins a message on a socket that has room, and returns its number.
  mutating func begin(on socket: Int, stamp: Int64, at now: Int64) -> UInt32 {
    let index = socket * depth + free[socket]
    free[socket] = slots[index].next
    slots[index].number &+= 1 << placeBits
    (slots[index].isInFlight, slots[index].sentAt, slots[index].stamp) = (true, now, stamp)
    return slots[index].number
  }

  /// Judges a datagram by its number, and frees the slot of the message that it is the reply to; `nil` when none was sent
  /// with this number.
  mutating func judge(_ number: UInt32, on socket: Int) -> Verdict? {
    let place = Int(number & (1 << placeBits - 1))
    guard place < depth else { return nil }
    let index = socket * depth + place
    if slots[index].isInFlight, (number ^ slots[index].number) & numberMask == 0 {
      release(place, of: socket)
      return .awaited(stamp: slots[index].stamp)
    }
    if let lost = slots[index].lost, (number ^ lost) & numberMask == 0 {
      slots[index].lost = nil
      return .late
    }
    return Int32(bitPattern: slots[index].number &- number) >= 0 ? .duplicate : nil
  }

  /// Gives up a socket's messages that were sent before a time, and returns how many they are.
  mutating func giveUp(sentBefore time: Int64, on socket: Int) -> Int {
    var count = 0
    for place in 0..<depth {
      let index = socket * depth + place
      guard slots[index].isInFlight, slots[index].sentAt < time else { continue }
      slots[index].lost = slots[index].number
      release(place, of: socket)
      count += 1
    }
    return count
  }

  private mutating func release(_ place: Int, of socket: Int) {
    let index = socket * depth + place
    slots[index].isInFlight = false
    slots[index].next = free[socket]
    free[socket] = place
  }
}
