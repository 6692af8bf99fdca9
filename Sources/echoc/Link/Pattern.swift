import Glibc

/// The bytes of messages: capital letters and digits, which an echo and `uppercase` both send back unchanged.
///
/// They are an endless stream, and each connection begins at an offset of its own. The stream repeats with a prime
/// period, so that messages of nearly every size differ from the ones before and after: a message that is lost, doubled
/// or sent to another client is noticed. Any piece of the stream is contiguous in memory, so that it can be sent from
/// there and compared in one call.
struct Pattern: ~Copyable {
  /// After how many bytes the stream repeats; a prime.
  static let period = 4099

  /// How many bytes a piece can have.
  let pieceLimit: Int
  private let bytes: UnsafeMutableRawPointer

  /// Generates the stream: the same in every run.
  init(pieceLimit: Int) {
    self.pieceLimit = pieceLimit
    bytes = .allocate(byteCount: Self.period + pieceLimit, alignment: 64)
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
    var state: UInt32 = 1
    let period = (0..<Self.period).map { _ in
      // The generator of Numerical Recipes; its high bits are the random ones.
      state = state &* 1_664_525 &+ 1_013_904_223
      return letters[Int(state >> 16) % letters.count]
    }
    for index in 0..<Self.period + pieceLimit {
      bytes.storeBytes(of: period[index % Self.period], toByteOffset: index, as: UInt8.self)
    }
  }

  deinit { bytes.deallocate() }

  /// The offset at which a connection begins; it differs among the first ``period`` connections.
  static func start(ofConnection number: Int) -> Int { number * 521 % period }

  /// The offset so many bytes further on.
  static func offset(_ offset: Int, advancedBy count: Int) -> Int {
    let next = offset + count
    return next < period ? next : next % period
  }

  /// A piece of the stream.
  func piece(at offset: Int, count: Int) -> UnsafeRawBufferPointer {
    precondition(offset < Self.period && count <= pieceLimit)
    return UnsafeRawBufferPointer(start: bytes + offset, count: count)
  }

  /// Whether received bytes are those of the stream at an offset. See memcmp(3).
  func matches(_ received: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    precondition(offset < Self.period && received.count <= pieceLimit)
    guard let start = received.baseAddress else { return true }
    return memcmp(start, bytes + offset, received.count) == 0
  }

  /// The first received byte that differs from the stream at an offset: where it is, and the right one.
  func firstDifference(
    in received: UnsafeRawBufferPointer, at offset: Int
  ) -> (index: Int, expected: UInt8)? {
    if matches(received, at: offset) { return nil }
    let expected = piece(at: offset, count: received.count)
    return received.indices.first { received[$0] != expected[$0] }.map { ($0, expected[$0]) }
  }
}
