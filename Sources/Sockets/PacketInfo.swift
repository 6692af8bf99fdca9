public import Addresses
import CLinux
import Glibc

/// The address a datagram was sent to, and our address that its reply is sent from. See ip(7), IP_PKTINFO, and
/// RFC 3542, section 6, IPV6_PKTINFO.
public struct PacketInfo: Hashable, Sendable {
  /// The destination in the datagram's header, which can be a group's.
  public var destination: IPAddress
  /// Our address that the reply is sent from.
  public var local: IPAddress
  /// The index of the interface that received it. The reply uses it only if the address is link-local.
  var interface: UInt32
  /// Whether this is from IPV6_PKTINFO, with v4-mapped addresses for IPv4; otherwise it is from IP_PKTINFO.
  var isIPv6Message: Bool

  /// The zone of ``local`` if that is link-local, otherwise 0: see ``Endpoint/scope``.
  public var scope: UInt32 { local.isIPv6LinkLocal ? interface : 0 }

  /// Whether the datagram was sent to a group of hosts: such a datagram gets no reply.
  public var isForGroup: Bool { destination.isMulticastOrBroadcast || destination != local }

  /// Reads the control messages of a datagram; `nil` if none has this.
  ///
  /// A dual-stack socket reports both for an IPv4 datagram. Only IP_PKTINFO distinguishes a broadcast from a datagram
  /// to one host: IPV6_PKTINFO has no address but the destination.
  init?(reading header: inout msghdr) {
    guard let control = header.msg_control else { return nil }
    let end = control + header.msg_controllen
    var next = clinux_cmsg_first(&header)
    var mapped: PacketInfo?
    while let message = next {
      if let info = PacketInfo(reading: message, room: end - UnsafeMutableRawPointer(message)) {
        guard info.isIPv6Message, info.destination.isIPv4 else {
          self = info
          return
        }
        mapped = info
      }
      next = clinux_cmsg_next(&header, message)
    }
    guard let mapped else { return nil }
    self = mapped
  }

  private init?(reading message: UnsafeMutablePointer<cmsghdr>, room: Int) {
    let header = message.pointee
    // The macros of cmsg(3) check that a message begins within the buffer, not that it ends there.
    guard header.cmsg_len <= room, let data = clinux_cmsg_data(message) else { return nil }
    switch (header.cmsg_level, Int(header.cmsg_type)) {
    case (Int32(IPPROTO_IP), clinux_ip_pktinfo)
    where header.cmsg_len >= clinux_cmsg_length(MemoryLayout<clinux_in_pktinfo>.size):
      let info = data.loadUnaligned(as: clinux_in_pktinfo.self)
      destination = IPAddress(v4: UInt32(bigEndian: info.destination))
      // The kernel has no local address for a datagram that arrived before IP_PKTINFO was set: its destination is ours.
      local = info.local == 0 ? destination : IPAddress(v4: UInt32(bigEndian: info.local))
      interface = UInt32(bitPattern: info.interface)
      isIPv6Message = false
    case (Int32(IPPROTO_IPV6), clinux_ipv6_pktinfo)
    where header.cmsg_len >= clinux_cmsg_length(MemoryLayout<clinux_in6_pktinfo>.size):
      let info = data.loadUnaligned(as: clinux_in6_pktinfo.self)
      destination = IPAddress(
        bits: withUnsafeBytes(of: info.address) { UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)) })
      local = destination
      interface = info.interface
      isIPv6Message = true
    default:
      return nil
    }
  }

  /// Writes the control message that sends a reply from ``local``. `room` is large enough for it.
  func write(to header: inout msghdr, room: UnsafeMutableRawPointer) {
    header.msg_control = room
    if isIPv6Message {
      var info = clinux_in6_pktinfo()
      withUnsafeMutableBytes(of: &info.address) { $0.storeBytes(of: local.bits.bigEndian, as: UInt128.self) }
      // Otherwise the routing table decides: the route back may use another interface.
      info.interface = scope
      Self.write(
        info, level: Int32(IPPROTO_IPV6), type: clinux_ipv6_pktinfo, to: &header, room: room)
    } else {
      let info = clinux_in_pktinfo(interface: 0, local: (local.v4Bits ?? 0).bigEndian, destination: 0)
      Self.write(info, level: Int32(IPPROTO_IP), type: clinux_ip_pktinfo, to: &header, room: room)
    }
  }

  private static func write<Info>(
    _ info: Info, level: Int32, type: Int, to header: inout msghdr, room: UnsafeMutableRawPointer
  ) {
    let size = MemoryLayout<Info>.size
    header.msg_controllen = clinux_cmsg_space(size)
    let message = room.assumingMemoryBound(to: cmsghdr.self)
    message.pointee.cmsg_len = clinux_cmsg_length(size)
    message.pointee.cmsg_level = level
    message.pointee.cmsg_type = Int32(type)
    clinux_cmsg_data(message)?.storeBytes(of: info, as: Info.self)
  }
}
