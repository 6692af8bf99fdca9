import CLinux
import Glibc
public import SystemPackage

/// What the kernel reports with a datagram, as far as it was asked to: what its IP header says, and when it arrived. See
/// ip(7), IP_RECVTTL and IP_RECVTOS, RFC 3542, section 6, IPV6_RECVHOPLIMIT and IPV6_RECVTCLASS, and socket(7),
/// SO_TIMESTAMP.
public struct PacketReport: Hashable, Sendable {
  /// The time to live or hop limit; `nil` if it was not reported.
  public var hopLimit: UInt8?
  /// The type of service or traffic class, which is DSCP and ECN (RFC 2474, RFC 3168); `nil` if it was not reported.
  public var trafficClass: UInt8?
  /// When the kernel received it, in nanoseconds of CLOCK_REALTIME (see ``SystemClock/epochNanoseconds()``); `nil` if it
  /// was not reported.
  public var arrivedAt: Int64?

  /// Which fields the kernel reports with each datagram.
  public struct Fields: OptionSet, Sendable {
    /// A bit for each field.
    public let rawValue: UInt8

    /// Makes a set of its bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// ``PacketReport/hopLimit``.
    public static let hopLimit = Fields(rawValue: 1)
    /// ``PacketReport/trafficClass``.
    public static let trafficClass = Fields(rawValue: 2)
    /// ``PacketReport/arrivedAt``.
    public static let arrivalTime = Fields(rawValue: 4)
  }

  /// Makes an empty report.
  public init() {}

  /// Reads the control messages of a datagram.
  init(reading header: inout msghdr) {
    guard let control = header.msg_control else { return }
    let end = control + header.msg_controllen
    var next = clinux_cmsg_first(&header)
    while let message = next {
      read(message, room: end - UnsafeMutableRawPointer(message))
      next = clinux_cmsg_next(&header, message)
    }
  }

  private mutating func read(_ message: UnsafeMutablePointer<cmsghdr>, room: Int) {
    let header = message.pointee
    // The macros of cmsg(3) check that a message begins within the buffer, not that it ends there.
    guard header.cmsg_len <= room, let data = clinux_cmsg_data(message) else { return }
    switch (header.cmsg_level, header.cmsg_type) {
    case (Int32(IPPROTO_IP), Int32(IP_TOS)) where header.cmsg_len >= clinux_cmsg_length(1):
      trafficClass = data.load(as: UInt8.self)
    case (Int32(IPPROTO_IP), Int32(IP_TTL)) where header.cmsg_len >= clinux_cmsg_length(Self.valueBytes):
      hopLimit = UInt8(truncatingIfNeeded: data.loadUnaligned(as: Int32.self))
    case (Int32(IPPROTO_IPV6), Int32(IPV6_TCLASS))
    where header.cmsg_len >= clinux_cmsg_length(Self.valueBytes):
      trafficClass = UInt8(truncatingIfNeeded: data.loadUnaligned(as: Int32.self))
    case (Int32(IPPROTO_IPV6), Int32(IPV6_HOPLIMIT))
    where header.cmsg_len >= clinux_cmsg_length(Self.valueBytes):
      hopLimit = UInt8(truncatingIfNeeded: data.loadUnaligned(as: Int32.self))
    case (SOL_SOCKET, Int32(clinux_timestamp))
    where header.cmsg_len >= clinux_cmsg_length(MemoryLayout<timespec>.size):
      let time = data.loadUnaligned(as: timespec.self)
      arrivedAt = Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    default: break
    }
  }

  /// How much room ``writeTrafficClass(_:isIPv4:to:)`` needs.
  static var trafficClassSpace: Int { clinux_cmsg_space(valueBytes) }

  private static var valueBytes: Int { MemoryLayout<Int32>.size }

  /// Adds the control message that sends a datagram with a traffic class. There must be room for it
  /// after the header's control messages.
  static func writeTrafficClass(_ trafficClass: UInt8, isIPv4: Bool, to header: inout msghdr) {
    guard let control = header.msg_control else { return }
    let message = (control + header.msg_controllen).assumingMemoryBound(to: cmsghdr.self)
    message.pointee.cmsg_len = clinux_cmsg_length(valueBytes)
    message.pointee.cmsg_level = isIPv4 ? Int32(IPPROTO_IP) : Int32(IPPROTO_IPV6)
    message.pointee.cmsg_type = isIPv4 ? Int32(IP_TOS) : Int32(IPV6_TCLASS)
    clinux_cmsg_data(message)?.storeBytes(of: Int32(trafficClass), as: Int32.self)
    header.msg_controllen += trafficClassSpace
  }
}

extension DatagramSocket {
  /// Sets what the kernel reports with each datagram that is received from now on, even if it is already waiting. The
  /// time of arrival of one that arrived before is then the time at which it is received.
  public func report(_ fields: PacketReport.Fields) throws(Errno) {
    let hopLimit: Int32 = fields.contains(.hopLimit) ? 1 : 0
    let trafficClass: Int32 = fields.contains(.trafficClass) ? 1 : 0
    if try SystemCall.option(descriptor, level: SOL_SOCKET, SO_DOMAIN) == AF_INET6 {
      try SystemCall.setOption(descriptor, level: Int32(IPPROTO_IPV6), Int32(IPV6_RECVHOPLIMIT), to: hopLimit)
      try SystemCall.setOption(
        descriptor, level: Int32(IPPROTO_IPV6), Int32(IPV6_RECVTCLASS), to: trafficClass)
    }
    // A dual-stack socket needs these for IPv4.
    try SystemCall.setOption(descriptor, level: Int32(IPPROTO_IP), Int32(IP_RECVTTL), to: hopLimit)
    try SystemCall.setOption(descriptor, level: Int32(IPPROTO_IP), Int32(IP_RECVTOS), to: trafficClass)
    try SystemCall.setOption(
      descriptor, level: SOL_SOCKET, Int32(clinux_timestamp), to: fields.contains(.arrivalTime) ? 1 : 0)
  }
}
