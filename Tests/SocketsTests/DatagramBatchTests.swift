import Addresses
import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("A batch of datagrams")
struct DatagramBatchTests {
  private func endpoint(of socket: borrowing DatagramSocket, on address: String = "127.0.0.1") throws
    -> Endpoint
  {
    try .at(address, port: #require(try socket.descriptor.localEndpoint()).port)
  }

  @Test("is empty when nothing came")
  func empty() throws {
    let socket = try DatagramSocket(boundTo: .at("127.0.0.1"))
    var batch = DatagramBatch()
    #expect(try batch.receive(from: socket) == 0)
    #expect(batch.count == 0)
    #expect(batch.sendReplies(on: socket, patience: 0) == DatagramBatch.Sent())
  }

  @Test("sends a datagram of any size back whole", arguments: [0, 1, 1472, 65_507])
  func sizes(size: Int) async throws {
    let socket = try DatagramSocket(boundTo: .at("127.0.0.1"))
    let client = try PlainSocket(.udp, boundTo: .at("127.0.0.1"))
    let message = noise(size)
    try client.send(message, to: endpoint(of: socket))
    var batch = DatagramBatch()
    try #require(batch.receiveNext(from: socket) == 1)
    #expect(batch.payload(at: 0) == message)
    #expect(try batch.datagram(at: 0).source == client.localEndpoint())
    batch.reply(at: 0, byteCount: batch.datagram(at: 0).byteCount, from: batch.datagram(at: 0).destination)
    let sent = batch.sendReplies(on: socket, patience: 0)
    #expect(sent.messages == 1 && sent.bytes == size && sent.failures == 0)
    #expect(try await client.receiveDatagram().bytes == message)
  }

  @Test("sends what was written where the payload stood")
  func transformed() async throws {
    let socket = try DatagramSocket(boundTo: .at("127.0.0.1"))
    let client = try PlainSocket(.udp)
    try client.send(Array("hello".utf8), to: endpoint(of: socket))
    var batch = DatagramBatch()
    try #require(batch.receiveNext(from: socket) == 1)
    batch.datagram(at: 0).room.copyBytes(from: "HOWDY".utf8)
    batch.reply(at: 0, byteCount: batch.datagram(at: 0).byteCount, from: batch.datagram(at: 0).destination)
    _ = batch.sendReplies(on: socket, patience: 0)
    #expect(try await client.receiveDatagram().bytes == Array("HOWDY".utf8))
  }

  @Test("has room for a large datagram where a small one was answered before")
  func roomAgain() async throws {
    let socket = try DatagramSocket(boundTo: .at("127.0.0.1"))
    let client = try PlainSocket(.udp)
    var batch = DatagramBatch()
    for message in [noise(1), noise(65_507, seed: 2), [], noise(2000, seed: 3)] {
      try client.send(message, to: endpoint(of: socket))
      try #require(batch.receiveNext(from: socket) == 1)
      batch.reply(at: 0, byteCount: batch.datagram(at: 0).byteCount, from: batch.datagram(at: 0).destination)
      #expect(batch.sendReplies(on: socket, patience: 0).bytes == message.count)
      #expect(try await client.receiveDatagram().bytes == message)
    }
  }

  @Test("answers each client with its own, and those alone that get a reply")
  func several() async throws {
    let socket = try DatagramSocket(boundTo: .at("127.0.0.1"))
    let clients = try (0..<10).map { _ in try PlainSocket(.udp) }
    for (number, client) in clients.enumerated() {
      try client.send(noise(100 * number), to: endpoint(of: socket))
    }
    var batch = DatagramBatch()
    var (received, sent) = (0, DatagramBatch.Sent())
    while received < clients.count {
      for index in 0..<(try batch.receiveNext(from: socket)) where (received + index).isMultiple(of: 2) {
        batch.reply(
          at: index, byteCount: batch.datagram(at: index).byteCount,
          from: batch.datagram(at: index).destination)
      }
      received += batch.count
      let part = batch.sendReplies(on: socket, patience: 0)
      sent.messages += part.messages
      sent.bytes += part.bytes
      #expect(part.failures == 0)
    }
    #expect(sent.messages == 5 && sent.bytes == 2000)
    for number in stride(from: 0, to: 10, by: 2) {
      #expect(try await clients[number].receiveDatagram().bytes == noise(100 * number))
      #expect(!clients[number + 1].hasInput())
    }
  }

  @Test("takes no more than its capacity at once, and the others next, in their order")
  func overCapacity() throws {
    let socket = try DatagramSocket(boundTo: .at("127.0.0.1"))
    let client = try PlainSocket(.udp)
    let waiting = DatagramBatch.capacity + 10
    for number in 0..<waiting { try client.send([UInt8(number)], to: endpoint(of: socket)) }
    var batch = DatagramBatch()
    var (numbers, receives): ([UInt8], Int) = ([], 0)
    while numbers.count < waiting {
      let count = try batch.receiveNext(from: socket)
      #expect((1...DatagramBatch.capacity).contains(count))
      for index in 0..<count { numbers += batch.payload(at: index) }
      receives += 1
    }
    #expect(numbers == (0..<waiting).map { UInt8($0) })
    #expect(receives > 1)
    #expect(try batch.receive(from: socket) == 0)
  }

  @Test(
    "tells to which of our addresses a datagram was sent, and answers from there",
    arguments: [
      ("0.0.0.0", "127.0.0.1"), ("0.0.0.0", "127.0.0.2"), ("::", "127.0.0.2"), ("::", "::1"),
      ("127.0.0.3", "127.0.0.3"), ("::1", "::1"),
    ])
  func destination(bound: String, asked: String) async throws {
    let socket = try DatagramSocket(boundTo: .at(bound))
    let server = try endpoint(of: socket, on: asked)
    let client = try PlainSocket(.udp, isIPv6: !server.address.isIPv4)
    try client.send([1, 2, 3], to: server)
    var batch = DatagramBatch()
    try #require(batch.receiveNext(from: socket) == 1)
    let info = try batch.knownDestination(at: 0)
    #expect(info.local == server.address && info.destination == server.address && !info.isForGroup)
    #expect(batch.datagram(at: 0).source?.address.isIPv4 == server.address.isIPv4)
    batch.reply(at: 0, byteCount: batch.datagram(at: 0).byteCount, from: info)
    #expect(batch.sendReplies(on: socket, patience: 0).messages == 1)
    #expect(try await client.receiveDatagram().source == server)
  }

  @Test("shows that a datagram was sent to a group of hosts", arguments: ["0.0.0.0", "::"])
  func broadcast(bound: String) throws {
    let socket = try DatagramSocket(boundTo: .at(bound))
    let client = try PlainSocket(.udp)
    client.allowBroadcast()
    try client.send([1], to: endpoint(of: socket, on: "127.255.255.255"))
    var batch = DatagramBatch()
    try #require(batch.receiveNext(from: socket) == 1)
    #expect(try batch.knownDestination(at: 0).isForGroup)
  }

  @Test(
    "has room for everything else that the kernel reports on a passed socket",
    arguments: ["127.0.0.2", "127.255.255.255", "::1"])
  func otherMessages(asked: String) throws {
    let socket = try DatagramSocket(boundTo: .at("::"))
    for option in [SO_TIMESTAMPNS, SO_RXQ_OVFL] {
      try SystemCall.setOption(socket.descriptor, level: SOL_SOCKET, Int32(option), to: 1)
    }
    let server = try endpoint(of: socket, on: asked)
    let client = try PlainSocket(.udp, isIPv6: !server.address.isIPv4)
    client.allowBroadcast()
    try client.send([1], to: server)
    var batch = DatagramBatch()
    try #require(batch.receiveNext(from: socket) == 1)
    let info = try batch.knownDestination(at: 0)
    #expect(info.destination == server.address && info.isForGroup == (asked == "127.255.255.255"))
  }

  @Test("answers from an address of the kernel's choice when none is given")
  func withoutDestination() async throws {
    let socket = try DatagramSocket(boundTo: .at("0.0.0.0"))
    let client = try PlainSocket(.udp)
    try client.send([1], to: endpoint(of: socket))
    var batch = DatagramBatch()
    try #require(batch.receiveNext(from: socket) == 1)
    batch.reply(at: 0, byteCount: batch.datagram(at: 0).byteCount, from: nil)
    #expect(batch.sendReplies(on: socket, patience: 0).messages == 1)
    #expect(try await client.receiveDatagram().bytes == [1])
  }

  @Test("leaves out a reply that the kernel refuses and sends the others", arguments: ["127.0.0.1", "::"])
  func refusedReplies(bound: String) async throws {
    let socket = try DatagramSocket(boundTo: .at(bound))
    let server = try endpoint(of: socket)
    let client = try PlainSocket(.udp)
    for number in 0..<5 { try client.send([UInt8(number)], to: server) }
    var batch = DatagramBatch()
    var (received, messages, failures) = (0, 0, 0)
    while received < 5 {
      for index in 0..<(try batch.receiveNext(from: socket)) {
        var info = try batch.knownDestination(at: index)
        // The first, the last and one in between would have to leave from an address that is not this machine's.
        if (received + index).isMultiple(of: 2) { info.local = try #require(IPAddress("203.0.113.77")) }
        batch.reply(at: index, byteCount: batch.datagram(at: index).byteCount, from: info)
      }
      received += batch.count
      let sent = batch.sendReplies(on: socket, patience: 0)
      #expect(sent.bytes == sent.messages)
      messages += sent.messages
      failures += sent.failures
    }
    #expect(messages == 2 && failures == 3)
    #expect(try await client.receiveDatagram().bytes == [1])
    #expect(try await client.receiveDatagram().bytes == [3])
    #expect(!client.hasInput())
  }
}

extension DatagramBatch {
  /// Takes what is on its way.
  mutating func receiveNext(from socket: borrowing DatagramSocket) throws -> Int {
    _ = try socket.descriptor.wait(for: .readable, milliseconds: patience)
    return try receive(from: socket)
  }

  /// What a datagram carries.
  func payload(at index: Int) -> [UInt8] {
    let datagram = datagram(at: index)
    return Array(datagram.room[..<datagram.byteCount])
  }

  /// To which address a datagram was sent; the kernel must have said it.
  fileprivate func knownDestination(at index: Int) throws -> PacketInfo {
    let info = datagram(at: index).destination
    return try #require(info)
  }
}
