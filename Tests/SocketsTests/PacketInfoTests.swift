import Addresses
import CLinux
import Glibc
import Testing

@testable import Sockets

@Suite("Packet information")
struct PacketInfoTests {
  /// Control messages as the kernel lays them out; see cmsg(3).
  private struct ControlMessages {
    var bytes: [UInt8] = []

    /// Adds a message; `length` is what its header says when that is not the truth.
    func adding<Payload>(_ level: Int, _ type: Int, _ payload: Payload, length: Int? = nil) -> Self {
      var header = cmsghdr()
      header.cmsg_len = length ?? clinux_cmsg_length(MemoryLayout<Payload>.size)
      header.cmsg_level = Int32(level)
      header.cmsg_type = Int32(type)
      var message = withUnsafeBytes(of: header) { Array($0) } + withUnsafeBytes(of: payload) { Array($0) }
      message += [UInt8](
        repeating: 0, count: clinux_cmsg_space(MemoryLayout<Payload>.size) - message.count)
      return ControlMessages(bytes: bytes + message)
    }

    /// What is read of them, or of their first `count` bytes.
    func read(count: Int? = nil) -> PacketInfo? {
      // The kernel's room is aligned; an array's need not be.
      withUnsafeTemporaryAllocation(byteCount: max(1, bytes.count), alignment: 16) { room in
        room.copyBytes(from: bytes)
        var header = msghdr()
        header.msg_control = room.baseAddress
        header.msg_controllen = count ?? bytes.count
        return PacketInfo(reading: &header)
      }
    }
  }

  private static let ipv4 = clinux_in_pktinfo(
    interface: 3, local: UInt32(0xC000_0201).bigEndian, destination: UInt32(0xC000_02FF).bigEndian)

  private static func ipv6(_ text: String) throws -> clinux_in6_pktinfo {
    var info = clinux_in6_pktinfo()
    let address = try #require(IPAddress(text))
    withUnsafeMutableBytes(of: &info.address) { $0.storeBytes(of: address.bits.bigEndian, as: UInt128.self) }
    info.interface = 4
    return info
  }

  /// Messages that are none of ours: a timestamp, a time to live, and our numbers on another level.
  private static let others = ControlMessages()
    .adding(Int(SOL_SOCKET), 29, (Int64(1), Int64(2)))
    .adding(Int(IPPROTO_IP), 2, Int32(64))
    .adding(Int(IPPROTO_IPV6), clinux_ip_pktinfo, ipv4)
    .adding(Int(IPPROTO_IP), clinux_ipv6_pktinfo, ipv4)

  @Test("of IPv4 tells the destination, and which of ours answers")
  func ipv4() throws {
    for messages in [ControlMessages(), Self.others] {
      let info = try #require(messages.adding(Int(IPPROTO_IP), clinux_ip_pktinfo, Self.ipv4).read())
      #expect(info.destination == IPAddress("192.0.2.255") && info.local == IPAddress("192.0.2.1"))
      #expect(info.interface == 3 && !info.isIPv6Message)
    }
  }

  @Test("of an IPv6 socket has the destination", arguments: ["2001:db8::1", "::1", "192.0.2.1"])
  func ipv6(address: String) throws {
    for messages in [ControlMessages(), Self.others] {
      let info = try #require(
        messages.adding(Int(IPPROTO_IPV6), clinux_ipv6_pktinfo, Self.ipv6(address)).read())
      #expect(info.destination == IPAddress(address) && info.local == info.destination)
      #expect(info.interface == 4 && info.isIPv6Message)
    }
  }

  @Test("of a dual-stack socket says the same about IPv4 as an IPv4 socket, in any order")
  func dualStack() throws {
    for mapped in ["192.0.2.255", "192.0.2.1"] {
      let six = ControlMessages().adding(Int(IPPROTO_IPV6), clinux_ipv6_pktinfo, try Self.ipv6(mapped))
      let both = six.adding(Int(IPPROTO_IP), clinux_ip_pktinfo, Self.ipv4)
      let turned = ControlMessages().adding(Int(IPPROTO_IP), clinux_ip_pktinfo, Self.ipv4)
        .adding(Int(IPPROTO_IPV6), clinux_ipv6_pktinfo, try Self.ipv6(mapped))
      let alone = try #require(ControlMessages().adding(Int(IPPROTO_IP), clinux_ip_pktinfo, Self.ipv4).read())
      #expect(both.read() == alone && turned.read() == alone)
      // Without room for the second message, the first is used.
      #expect(both.read(count: six.bytes.count + 16)?.local == IPAddress(mapped))
    }
  }

  @Test("of a dual-stack socket says about IPv6 what the IPv6 message says")
  func dualStackIPv6() throws {
    let six = ControlMessages().adding(Int(IPPROTO_IPV6), clinux_ipv6_pktinfo, try Self.ipv6("2001:db8::1"))
    #expect(six.adding(Int(IPPROTO_IP), clinux_ip_pktinfo, Self.ipv4).read() == six.read())
  }

  @Test("is found whatever comes after it")
  func followed() {
    let messages = ControlMessages().adding(Int(IPPROTO_IP), clinux_ip_pktinfo, Self.ipv4)
      .adding(Int(SOL_SOCKET), 29, (Int64(1), Int64(2)), length: .max)
    #expect(messages.read()?.interface == 3)
  }

  @Test("is not there when no message says it")
  func missing() {
    #expect(ControlMessages().read() == nil)
    #expect(Self.others.read() == nil)
  }

  @Test("is not read from a message that the kernel cut", arguments: [0, 8, 15, 16, 17, 24, 27])
  func cut(length: Int) throws {
    // The kernel says in the header how much it wrote.
    let messages = ControlMessages().adding(Int(IPPROTO_IP), clinux_ip_pktinfo, Self.ipv4, length: length)
    #expect(messages.read(count: length) == nil)
    let six = ControlMessages().adding(
      Int(IPPROTO_IPV6), clinux_ipv6_pktinfo, try Self.ipv6("::1"), length: length)
    #expect(six.read(count: length) == nil)
  }

  @Test("is not read from a message that goes on after the end, by what it says", arguments: 16..<28)
  func longerThanThereIs(count: Int) {
    for before in [ControlMessages(), Self.others] {
      let messages = before.adding(Int(IPPROTO_IP), clinux_ip_pktinfo, Self.ipv4)
      #expect(messages.read(count: before.bytes.count + count) == nil)
      #expect(messages.read(count: before.bytes.count + 28)?.interface == 3)
    }
  }

  @Test("is not looked for behind a message whose length is wrong", arguments: [0, 1, 15, 1000, .max])
  func wrongLength(length: Int) {
    let messages = ControlMessages().adding(Int(SOL_SOCKET), 29, Int64(1), length: length)
      .adding(Int(IPPROTO_IP), clinux_ip_pktinfo, Self.ipv4)
    #expect(messages.read() == nil)
  }

  @Test(
    "tells whether a datagram was for a group of hosts",
    arguments: [
      ("192.0.2.1", "192.0.2.1", false), ("192.0.2.255", "192.0.2.1", true),
      ("224.0.0.1", "192.0.2.1", true), ("255.255.255.255", "255.255.255.255", true),
      ("ff02::1", "ff02::1", true), ("2001:db8::1", "2001:db8::1", false),
    ])
  func groups(destination: String, local: String, isForGroup: Bool) throws {
    var info = try #require(
      ControlMessages().adding(Int(IPPROTO_IP), clinux_ip_pktinfo, Self.ipv4).read())
    info.destination = try #require(IPAddress(destination))
    info.local = try #require(IPAddress(local))
    #expect(info.isForGroup == isForGroup)
  }

  @Test(
    "is written as what makes a reply leave from our address",
    arguments: [
      ("192.0.2.1", false, UInt32(0)), ("192.0.2.1", true, 0), ("2001:db8::1", true, 0), ("fe80::1", true, 4),
    ])
  func write(local: String, isIPv6Message: Bool, interface: UInt32) throws {
    var info = try #require(
      ControlMessages().adding(Int(IPPROTO_IPV6), clinux_ipv6_pktinfo, Self.ipv6("::1")).read())
    info.local = try #require(IPAddress(local))
    info.isIPv6Message = isIPv6Message
    try withUnsafeTemporaryAllocation(byteCount: 64, alignment: 16) { room in
      room.initializeMemory(as: UInt8.self, repeating: 0xAA)
      var header = msghdr()
      info.write(to: &header, room: try #require(room.baseAddress))
      #expect(header.msg_control == room.baseAddress && header.msg_controllen <= room.count)
      let written = try #require(PacketInfo(reading: &header))
      #expect(written.local == info.local && written.isIPv6Message == isIPv6Message)
      #expect(written.interface == interface)
    }
  }
}
