import Addresses
import CLinux
import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("What the kernel reports with a datagram")
struct PacketReportTests {
  /// A server's socket, and a client's that is connected to it.
  private final class Pair {
    let server: DatagramSocket
    let client: DatagramSocket
    let isIPv4: Bool

    init(_ bound: String, _ asked: String) throws {
      server = try DatagramSocket(boundTo: .at(bound))
      let port = try #require(try server.descriptor.localEndpoint()).port
      let endpoint = try Endpoint.at(asked, port: port)
      client = try DatagramSocket(connectedTo: endpoint)
      isIPv4 = endpoint.address.isIPv4
    }

    func send(hopLimit: Int32, trafficClass: Int32) throws {
      if isIPv4 {
        try SystemCall.setOption(client.descriptor, level: Int32(IPPROTO_IP), Int32(IP_TTL), to: hopLimit)
        try SystemCall.setOption(client.descriptor, level: Int32(IPPROTO_IP), Int32(IP_TOS), to: trafficClass)
      } else {
        let level = Int32(IPPROTO_IPV6)
        try SystemCall.setOption(client.descriptor, level: level, Int32(IPV6_UNICAST_HOPS), to: hopLimit)
        try SystemCall.setOption(client.descriptor, level: level, Int32(IPV6_TCLASS), to: trafficClass)
      }
      _ = try client.send([1, 2, 3, 4])
    }
  }

  private static let paths = [
    ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "::1"), ("::", "::1"), ("::", "127.0.0.1"),
  ]

  @Test("has the hop limit and the traffic class that a datagram arrived with", arguments: paths)
  func read(bound: String, asked: String) throws {
    let pair = try Pair(bound, asked)
    try pair.server.report([.hopLimit, .trafficClass])
    var batch = DatagramBatch()
    for (hopLimit, trafficClass) in [(64, 0), (1, 0xB8), (255, 0xFF), (7, 1)] as [(Int32, Int32)] {
      try pair.send(hopLimit: hopLimit, trafficClass: trafficClass)
      try #require(batch.receiveNext(from: pair.server) == 1)
      let header = batch.packetReport(at: 0)
      #expect(header.hopLimit == UInt8(hopLimit) && header.trafficClass == UInt8(trafficClass))
      #expect(batch.datagram(at: 0).destination?.local == IPAddress(asked))
    }
  }

  @Test("has the time at which a datagram arrived, not the one at which it was received", arguments: paths)
  func arrivalTime(bound: String, asked: String) async throws {
    let pair = try Pair(bound, asked)
    try pair.server.report([.arrivalTime])
    // The kernel notes times for all sockets or for none, and begins a moment after the first one has asked. Until then
    // it reports the time of the receive.
    let isArrival = try await eventually {
      let before = SystemClock.epochNanoseconds()
      try pair.send(hopLimit: 64, trafficClass: 0)
      try #require(try pair.server.descriptor.wait(for: .readable, milliseconds: 30_000))
      let after = SystemClock.epochNanoseconds()
      usleep(2000)
      var batch = DatagramBatch()
      try #require(batch.receiveNext(from: pair.server) == 1)
      let report = batch.packetReport(at: 0)
      #expect(report.hopLimit == nil && report.trafficClass == nil)
      #expect(batch.datagram(at: 0).destination?.local == IPAddress(asked))
      return (before...after).contains(try #require(report.arrivedAt))
    }
    #expect(isArrival)
  }

  @Test("has only what was asked for, even for a datagram that was already waiting", arguments: paths)
  func fields(bound: String, asked: String) throws {
    let pair = try Pair(bound, asked)
    var batch = DatagramBatch()
    for fields in [[], [.hopLimit], [.trafficClass], []] as [PacketReport.Fields] {
      try pair.send(hopLimit: 9, trafficClass: 8)
      try pair.server.report(fields)
      try #require(batch.receiveNext(from: pair.server) == 1)
      let header = batch.packetReport(at: 0)
      #expect(header.hopLimit == (fields.contains(.hopLimit) ? 9 : nil))
      #expect(header.trafficClass == (fields.contains(.trafficClass) ? 8 : nil))
    }
  }

  @Test("of a reply has the traffic class that it is given, even when it is sent twice", arguments: paths)
  func write(bound: String, asked: String) throws {
    let pair = try Pair(bound, asked)
    try pair.client.report([.trafficClass])
    var batch = DatagramBatch()
    var replies = DatagramBatch()
    for trafficClass in [nil, 0xB9, 0, 0xFF] as [UInt8?] {
      for isFromThere in [true, false] {
        try pair.send(hopLimit: 64, trafficClass: 0)
        try #require(batch.receiveNext(from: pair.server) == 1)
        let local = isFromThere ? batch.datagram(at: 0).destination : nil
        for _ in 0..<2 {
          batch.reply(at: 0, offset: 1, byteCount: 2, from: local, trafficClass: trafficClass)
        }
        #expect(batch.sendReplies(on: pair.server, patience: 0).messages == 2)
        var received = 0
        while received < 2 {
          let count = try replies.receiveNext(from: pair.client)
          try #require(count > 0)
          for index in 0..<count {
            #expect(replies.packetReport(at: index).trafficClass == trafficClass ?? 0)
            #expect(replies.payload(at: index) == [2, 3])
          }
          received += count
        }
      }
    }
  }

  @Test("of a held reply is the same")
  func stored() throws {
    let pair = try Pair("::1", "::1")
    try pair.client.report([.trafficClass])
    var batch = DatagramBatch()
    var replies = DatagramBatch()
    try pair.send(hopLimit: 64, trafficClass: 0)
    try #require(batch.receiveNext(from: pair.server) == 1)
    let destination = batch.datagram(at: 0).destination
    let reply = batch.storedReply(at: 0, offset: 2, byteCount: 2, from: destination, trafficClass: 0x2E)
    batch.clear()
    batch.append(reply)
    #expect(batch.sendReplies(on: pair.server, patience: 0).messages == 1)
    try #require(replies.receiveNext(from: pair.client) == 1)
    #expect(replies.packetReport(at: 0).trafficClass == 0x2E && replies.payload(at: 0) == [3, 4])
  }

  @Test("is not read beyond the end of its control messages, nor from a message that is too short")
  func truncated() {
    for length in 0..<clinux_cmsg_length(4) {
      withUnsafeTemporaryAllocation(byteCount: clinux_cmsg_space(4), alignment: 16) { room in
        var message = cmsghdr()
        (message.cmsg_len, message.cmsg_level, message.cmsg_type) = (length, Int32(IPPROTO_IP), Int32(IP_TTL))
        room.storeBytes(of: message, as: cmsghdr.self)
        var header = msghdr()
        (header.msg_control, header.msg_controllen) = (room.baseAddress, room.count)
        #expect(PacketReport(reading: &header) == PacketReport())
        room.storeBytes(of: clinux_cmsg_length(4), as: Int.self)
        header.msg_controllen = length
        #expect(PacketReport(reading: &header) == PacketReport())
      }
    }
  }
}
