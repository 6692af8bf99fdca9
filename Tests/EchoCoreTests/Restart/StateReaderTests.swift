import Addresses
import Testing

@testable import EchoCore

@Suite("A reader of a state")
struct StateReaderTests {
  private func reader(_ write: (inout StateWriter) -> Void) -> StateReader {
    var writer = StateWriter()
    write(&writer)
    return StateReader(writer.bytes)
  }

  /// What a reader throws; `nil` for nothing.
  private func error(_ read: () throws -> Void) -> StateError? {
    do { try read() } catch { return error as? StateError }
    return nil
  }

  @Test("reads values of every kind in the order in which they were written")
  func values() throws {
    let endpoint = Endpoint(address: .loopbackIPv4, port: 7, scope: 3)
    var reader = reader {
      $0.write(UInt16(0x1234))
      $0.write(Int64.min)
      $0.write(true)
      $0.write("é")
      $0.write([1, 2] as [UInt8])
      $0.write(endpoint)
      $0.write(Optional(endpoint)) { $0.write($1) }
      $0.write([1, 2] as [UInt16]) { $0.write($1) }
    }
    let numbers = (try reader.number(UInt16.self), try reader.number(Int64.self))
    #expect(numbers == (0x1234, .min))
    let contents = (try reader.flag(), try reader.text(atMost: 2), try reader.content(atMost: 2))
    #expect(contents == (true, "é", [1, 2]))
    let first = try reader.endpoint()
    let second = try reader.optional { reader throws(StateError) in try reader.endpoint() }
    #expect(first == endpoint && second == endpoint)
    let list = try reader.list(atMost: 2, ofBytes: 2) { reader throws(StateError) in
      try reader.number(UInt16.self)
    }
    #expect(list == [1, 2])
    #expect(reader.bytesLeft == 0)
  }

  @Test("writes numbers with the least significant byte first")
  func littleEndian() {
    var writer = StateWriter()
    writer.write(UInt32(0x0102_0304))
    #expect(writer.bytes == [4, 3, 2, 1])
  }

  @Test("does not read beyond the end")
  func end() {
    var reader = StateReader([1, 2, 3])
    let errors = [
      error { _ = try reader.number(UInt32.self) }, error { _ = try reader.content(atMost: 10) },
    ]
    #expect(errors == [.truncated, .truncated])
    #expect(reader.bytesLeft == 3)
  }

  @Test("refuses a length above its limit, and one that exceeds the bytes")
  func lengths() {
    let counts: [UInt32] = [3, 4, .max]
    let errors = counts.map { count in
      var content = reader { $0.write(count) }
      return error { _ = try content.content(atMost: 3) }
    }
    let listErrors = counts.map { count in
      var list = reader { $0.write(count) }
      return error { _ = try list.list(atMost: 3, ofBytes: 1) { _ throws(StateError) in 0 } }
    }
    #expect(errors == [.truncated, .invalid, .invalid] && listErrors == errors)
  }

  @Test("refuses what is neither true nor false, and bytes that are not text")
  func invalid() {
    var flag = StateReader([2])
    var text = reader { $0.write([0xFF] as [UInt8]) }
    let errors = [error { _ = try flag.flag() }, error { _ = try text.text(atMost: 1) }]
    #expect(errors == [.invalid, .invalid])
  }
}
