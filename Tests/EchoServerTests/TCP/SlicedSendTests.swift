import Glibc
@testable import Sockets
import Testing
import TestSupport

@testable import EchoServer

/// A connection whose peer sees every send separately: a pair of Unix sockets that keep records. See unix(7).
private struct RecordedConnection: ~Copyable {
  let connection: Connection
  private let peer: Descriptor

  init() {
    var numbers: [Int32] = [0, 0]
    socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue), 0, &numbers)
    connection = Connection(StreamSocket(owning: Descriptor(owning: numbers[0])), peer: nil, at: 0)
    peer = Descriptor(owning: numbers[1])
  }

  /// What was sent since the last call, send by send.
  func records() -> [[UInt8]] {
    var records: [[UInt8]] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(peer.number, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      guard count > 0 else { return records }
      records.append(Array(buffer[..<count]))
    }
  }
}

@Suite("A reply that leaves in slices")
struct SlicedSendTests {
  @Test(
    "is split into sends of the given size, and the rest",
    arguments: [(7, [7, 7, 7, 7, 7, 5]), (10, [10, 10, 10, 10]), (39, [39, 1]), (40, [40]), (.max, [40])]
      as [(Int, [Int])])
  func split(sliceBytes: Int, counts: [Int]) throws {
    let recorded = RecordedConnection()
    recorded.connection.sliceBytes = sliceBytes
    let progress = try recorded.connection.send(noise(40))
    let records = recorded.records()
    #expect(progress.isWhole && progress.bytes == 40 && recorded.connection.replyBytes == 40)
    #expect(records.map(\.count) == counts && records.flatMap(\.self) == noise(40))
  }

  @Test("goes on after other connections have had their turn, as if the kernel had taken no more")
  func turns() throws {
    let recorded = RecordedConnection()
    recorded.connection.sliceBytes = 2
    var progress = try recorded.connection.send(noise(300))
    var bytes: [UInt8] = []
    for sent in [128, 128, 44] {
      #expect(progress.bytes == sent && progress.isWhole == (sent == 44))
      let records = recorded.records()
      #expect(records.allSatisfy { $0.count == 2 } && records.count == sent / 2)
      bytes += records.flatMap(\.self)
      guard !progress.isWhole else { continue }
      #expect(recorded.connection.phase == .sending)
      let event = try recorded.connection.advance(using: UnsafeMutableRawBufferPointer(start: nil, count: 0))
      guard case .sent(let next) = event else {
        Issue.record("nothing was sent")
        return
      }
      progress = next
    }
    #expect(bytes == noise(300) && recorded.connection.phase == .receiving)
  }
}
