import SystemPackage
import TestSupport
import Testing

@testable import Sockets

@Suite("A batch of a client's datagrams")
struct ConnectedDatagramBatchTests {
  @Test("sends each datagram's own head before the shared body, and nothing twice")
  func sending() async throws {
    let peer = try PlainSocket(.udp, boundTo: .at("127.0.0.1"))
    let socket = try DatagramSocket(connectedTo: peer.localEndpoint())
    var batch = ConnectedDatagramBatch(room: 10)
    let body = Array("body".utf8)
    let failures = body.withUnsafeBytes { body in
      for head in ["one.....", "two....."] {
        let letters = Array(head.utf8).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        batch.append(head: letters, bytes: 3, body: body)
      }
      batch.append(head: 0, bytes: 0, body: UnsafeRawBufferPointer(start: nil, count: 0))
      return batch.send(on: socket, patience: patience)
    }
    #expect(failures == ConnectedDatagramBatch.Failures() && batch.count == 0)
    for expected in ["onebody", "twobody", ""] {
      let datagram = try await peer.receiveDatagram().bytes
      #expect(datagram == Array(expected.utf8))
    }
  }

  @Test("begins each datagram with a prefix, until there is another or none")
  func prefix() async throws {
    let peer = try PlainSocket(.udp, boundTo: .at("127.0.0.1"))
    let socket = try DatagramSocket(connectedTo: peer.localEndpoint())
    var batch = ConnectedDatagramBatch(room: 10)
    let prefixes = [
      "first ", "other ", String(repeating: "p", count: ConnectedDatagramBatch.prefixLimit), "", "x",
    ]
    let body = Array("body".utf8)
    for prefix in prefixes {
      let failures = body.withUnsafeBytes { body in
        for _ in 0..<2 { batch.append(head: 0x41, bytes: 1, body: body) }
        batch.setPrefix(Array(prefix.utf8))
        return batch.send(on: socket, patience: patience)
      }
      #expect(failures == ConnectedDatagramBatch.Failures())
      for _ in 0..<2 {
        let datagram = try await peer.receiveDatagram().bytes
        #expect(datagram == Array("\(prefix)Abody".utf8))
      }
    }
  }

  @Test("receives the waiting datagrams, each cut to the room for it")
  func receiving() async throws {
    let server = try DatagramSocket(boundTo: .at("127.0.0.1"))
    let socket = try DatagramSocket(connectedTo: #require(try server.descriptor.localEndpoint()))
    let peer = try DatagramSocket(connectedTo: #require(try socket.descriptor.localEndpoint()))
    // Only who it is connected to is heard.
    _ = try peer.send(Array("stranger".utf8))
    try answer(on: server, to: socket, ["", "1234", "12345"])
    var batch = ConnectedDatagramBatch(room: 4)
    #expect(try socket.descriptor.wait(for: .readable, milliseconds: patience))
    var datagrams: [[UInt8]] = []
    while datagrams.count < 3 {
      for index in 0..<(try batch.receive(from: socket)) { datagrams.append(Array(batch.payload(at: index))) }
    }
    #expect(datagrams == ["", "1234", "1234"].map { Array($0.utf8) })
    #expect(try batch.receive(from: socket) == 0)
  }

  @Test("waits only for the first datagram, on a socket that waits in its receive")
  func waiting() async throws {
    let server = try DatagramSocket(boundTo: .at("127.0.0.1"))
    let socket = try DatagramSocket(connectedTo: #require(try server.descriptor.localEndpoint()))
    try socket.descriptor.waitInReceive(nanoseconds: 2_000_000)
    var batch = ConnectedDatagramBatch(room: 4)
    let before = SystemClock.monotonicNanoseconds()
    #expect(try batch.receive(from: socket) == 0)
    #expect(SystemClock.monotonicNanoseconds() - before >= 2_000_000)
    try socket.descriptor.waitInReceive(nanoseconds: Int64(patience) * 1_000_000)
    try answer(on: server, to: socket, ["1"])
    #expect(try batch.receive(from: socket) == 1)
  }

  @Test("goes on after the error of an earlier datagram")
  func refused() async throws {
    let endpoint = try PlainSocket(.udp, boundTo: .at("127.0.0.1")).localEndpoint()
    let socket = try DatagramSocket(connectedTo: endpoint)
    _ = try socket.send([1])
    let peer = try PlainSocket(.udp, boundTo: endpoint)
    var batch = ConnectedDatagramBatch(room: 4)
    batch.append(head: 0x41, bytes: 1, body: UnsafeRawBufferPointer(start: nil, count: 0))
    let failures = batch.send(on: socket, patience: patience)
    #expect(failures.count == 1 && failures.error == .connectionRefused)
    let datagram = try await peer.receiveDatagram().bytes
    #expect(datagram == [0x41])
  }

  /// Sends datagrams from a bound socket to one that is connected to it.
  private func answer(
    on server: borrowing DatagramSocket, to client: borrowing DatagramSocket, _ replies: [String]
  ) throws {
    for reply in replies { _ = try client.send(Array(reply.utf8)) }
    var batch = DatagramBatch()
    var count = 0
    while count < replies.count {
      #expect(try server.descriptor.wait(for: .readable, milliseconds: patience))
      let received = try batch.receive(from: server)
      for index in 0..<received {
        batch.reply(at: index, byteCount: batch.datagram(at: index).byteCount, from: nil)
      }
      _ = batch.sendReplies(on: server, patience: patience)
      count += received
    }
  }
}
