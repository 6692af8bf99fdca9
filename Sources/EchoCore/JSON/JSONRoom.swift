import Addresses

/// A JSON object on one line, which is written into memory of a fixed size, without allocating anything. A member that
/// does not fit is left out, together with all that follow it.
struct JSONRoom {
  /// The least size of the memory: that of an object without members.
  static let leastBytes = 3

  private let room: UnsafeMutableRawBufferPointer
  private var text: TextRoom
  private var isFull = false

  /// Begins an object in at least ``leastBytes`` bytes.
  init(_ room: UnsafeMutableRawBufferPointer) {
    self.room = room
    // The last two bytes are kept for the end of the object.
    text = TextRoom(UnsafeMutableRawBufferPointer(rebasing: room.dropLast(2)))
    text.append(UInt8(ascii: "{"))
  }

  /// Adds a member, whose value the body writes.
  mutating func add(_ name: StaticString, _ write: (inout TextRoom) -> Void) {
    guard !isFull else { return }
    let before = text.count
    if before > 1 { text.append(UInt8(ascii: ",")) }
    text.append(UInt8(ascii: "\""))
    text.append(name)
    text.append("\":")
    write(&text)
    guard text.isOverfull else { return }
    text.cut(to: before)
    isFull = true
  }

  /// Adds a string.
  mutating func add(_ name: StaticString, string bytes: some Sequence<UInt8>) {
    add(name) { text in
      text.append(UInt8(ascii: "\""))
      text.append(escaping: bytes)
      text.append(UInt8(ascii: "\""))
    }
  }

  /// Adds a number that is not negative.
  mutating func add(_ name: StaticString, _ number: Int) {
    add(name) { $0.append(decimal: number) }
  }

  /// Adds an endpoint, unless there is none.
  mutating func add(_ name: StaticString, _ endpoint: Endpoint?) {
    guard let endpoint else { return }
    add(name) { text in
      text.append(UInt8(ascii: "\""))
      text.append(endpoint)
      text.append(UInt8(ascii: "\""))
    }
  }

  /// Ends the object with a line feed, and returns how many bytes it has.
  func finished() -> Int {
    room[text.count] = UInt8(ascii: "}")
    room[text.count + 1] = UInt8(ascii: "\n")
    return text.count + 2
  }
}
