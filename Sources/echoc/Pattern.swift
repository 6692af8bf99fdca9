import Glibc

/// The bytes that are sent: capital letters and digits, which an echo and `uppercase` both send back as they are.
///
/// They are a stream without an end, and each connection begins at a place of its own. The stream repeats with a prime
/// period, so that messages of nearly every size differ from the ones before and after: a message that is lost, doubled
/// or sent to somebody else is noticed. Any piece of the stream lies in memory as a whole, to be sent from there and
/// compared with in one go.
struct Pattern: ~Copyable {
  /// After how many bytes the stream repeats; a prime.
  static let period = 4099

  /// How many bytes a piece can have.
  let reach: Int
  private let bytes: UnsafeMutableRawPointer

  /// Writes the stream down: the same in every run.
  init(reach: Int) {
    self.reach = reach
    bytes = .allocate(byteCount: Self.period + reach, alignment: 64)
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
    var state: UInt32 = 1
    for index in 0..<Self.period + reach {
      if index < Self.period {
        // Numerical Recipes' generator; its high bits are the random ones.
        state = state &* 1_664_525 &+ 1_013_904_223
        bytes.storeBytes(of: letters[Int(state >> 16) % letters.count], toByteOffset: index, as: UInt8.self)
      } else {
        let byte = bytes.load(fromByteOffset: index - Self.period, as: UInt8.self)
        bytes.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
      }
    }
  }

  deinit { bytes.deallocate() }

  /// Where the connection of this number begins: no two of the first ``period`` begin at one place.
  static func beginning(of connection: Int) -> Int { connection * 521 % period }

  /// The place so many bytes further on.
  static func place(_ place: Int, advancedBy count: Int) -> Int {
    let next = place + count
    return next < period ? next : next % period
  }

  /// A piece of the stream.
  func piece(at place: Int, count: Int) -> UnsafeRawBufferPointer {
    precondition(place < Self.period && count <= reach)
    return UnsafeRawBufferPointer(start: bytes + place, count: count)
  }

  /// Whether bytes are those of the stream at a place. See memcmp(3).
  func matches(_ received: UnsafeRawBufferPointer, at place: Int) -> Bool {
    precondition(place < Self.period && received.count <= reach)
    guard let start = received.baseAddress else { return true }
    return memcmp(start, bytes + place, received.count) == 0
  }

  /// Where received bytes first differ from those of the stream at a place.
  func firstDifference(_ received: UnsafeRawBufferPointer, at place: Int) -> Int? {
    received.indices.first { received[$0] != byte(at: Self.place(place, advancedBy: $0)) }
  }

  /// The byte at a place.
  func byte(at place: Int) -> UInt8 {
    precondition(place < Self.period)
    return bytes.load(fromByteOffset: place, as: UInt8.self)
  }
}
