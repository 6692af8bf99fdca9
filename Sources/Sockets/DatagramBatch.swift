public import Addresses
import CLinux
import Glibc
public import SystemPackage

/// Buffers for the datagrams that one call receives, and for the replies that the next call sends from them.
///
/// Each queue owns one batch. It reserves ``capacity`` times ``datagramBytes`` of virtual memory; the kernel allocates
/// a page only when a datagram is written to it.
public struct DatagramBatch: ~Copyable {
  /// How many datagrams one call receives at most.
  public static let capacity = 64
  /// The buffer of one datagram: larger than the 65,507 bytes of UDP over IPv4 and the 65,527 over IPv6.
  public static let datagramBytes = 65_536

  /// How often the replies of one batch wait for space in the socket's send buffer.
  public static let waitsPerBatch = 4

  /// The distance between buffers: a cache line more than a power of two. Otherwise the beginnings of all buffers would
  /// compete for the same few cache lines.
  private static let payloadStride = datagramBytes + 64
  private static let nameBytes = MemoryLayout<sockaddr_in6>.size
  private static let nameStride = 32
  /// Room for IPV6_PKTINFO and IP_PKTINFO (72 bytes), for hop limit and traffic class (48 bytes), for the time of arrival
  /// (32 bytes), and for another message that a passed socket may report, such as the number of drops (24 bytes).
  private static let controlStride = 192
  /// How many replies one batch has room for: two for each datagram.
  private static let replyCapacity = 2 * capacity

  private let payloads: UnsafeMutableRawPointer
  private let names: UnsafeMutableRawPointer
  private let controls: UnsafeMutableRawPointer
  private let vectors: UnsafeMutablePointer<iovec>
  private let incoming: UnsafeMutablePointer<clinux_message>
  private let outgoing: UnsafeMutablePointer<clinux_message>

  /// How many datagrams the last receive returned.
  public private(set) var count = 0
  private var replyCount = 0

  /// Makes an empty batch.
  public init() {
    payloads = .allocate(byteCount: Self.capacity * Self.payloadStride, alignment: 4096)
    names = .allocate(byteCount: Self.capacity * Self.nameStride, alignment: 16)
    controls = .allocate(byteCount: Self.capacity * Self.controlStride, alignment: 16)
    vectors = .allocate(capacity: Self.capacity)
    incoming = .allocate(capacity: Self.capacity)
    outgoing = .allocate(capacity: Self.replyCapacity)
    vectors.initialize(repeating: iovec(), count: Self.capacity)
    incoming.initialize(repeating: clinux_message(), count: Self.capacity)
    outgoing.initialize(repeating: clinux_message(), count: Self.replyCapacity)
    for index in 0..<Self.capacity { makeRoom(at: index) }
  }

  deinit {
    payloads.deallocate()
    names.deallocate()
    controls.deallocate()
    vectors.deallocate()
    incoming.deallocate()
    outgoing.deallocate()
  }

  /// Receives the waiting datagrams, at most ``capacity``, and returns their number. See recvmmsg(2).
  public mutating func receive(from socket: borrowing DatagramSocket) throws(Errno) -> Int {
    clear()
    let number = socket.descriptor.number
    let result = try SystemCall.nonblocking { clinux_recvmmsg(number, incoming, UInt32(Self.capacity), 0) }
    if case .done(let received) = result { count = received }
    return count
  }

  /// A datagram that was received.
  public struct Datagram {
    /// Where it came from.
    public let source: Endpoint?
    /// To which address it was sent, and which of ours answers for it; `nil` when the kernel did not say.
    public let destination: PacketInfo?
    /// The memory in which its payload begins, ``datagramBytes`` long. What is written there is what a reply carries.
    public let room: UnsafeMutableRawBufferPointer
    /// How many bytes its payload has.
    public let byteCount: Int
  }

  /// A datagram of the last receive.
  public func datagram(at index: Int) -> Datagram {
    precondition(index < count)
    return Datagram(
      source: Endpoint(socketAddress: name(at: index)),
      destination: PacketInfo(reading: &incoming[index].header),
      room: room(at: index), byteCount: min(Int(incoming[index].length), Self.datagramBytes))
  }

  private func room(at index: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: payloads + index * Self.payloadStride, count: Self.datagramBytes)
  }

  /// What the kernel reported with a datagram of the last receive: see ``DatagramSocket/report(_:)``.
  public func packetReport(at index: Int) -> PacketReport {
    precondition(index < count)
    return PacketReport(reading: &incoming[index].header)
  }

  /// Adds a reply to a datagram, to be sent to its source. The same reply can be added twice.
  ///
  /// - Parameters:
  ///   - offset: where it begins in the datagram's buffer.
  ///   - byteCount: its length.
  ///   - local: the address that it is sent from; `nil` leaves that to the kernel.
  ///   - trafficClass: its traffic class; `nil` for the socket's.
  public mutating func reply(
    at index: Int, offset: Int = 0, byteCount: Int, from local: PacketInfo?, trafficClass: UInt8? = nil
  ) {
    precondition(
      index < count && replyCount < Self.replyCapacity && offset >= 0 && byteCount >= 0
        && offset + byteCount <= Self.datagramBytes)
    vectors[index] = iovec(iov_base: payloads + index * Self.payloadStride + offset, iov_len: byteCount)
    outgoing[replyCount].header = incoming[index].header
    if let local {
      local.write(to: &outgoing[replyCount].header, room: controls + index * Self.controlStride)
    } else {
      outgoing[replyCount].header.msg_control = nil
      outgoing[replyCount].header.msg_controllen = 0
    }
    if let trafficClass { write(trafficClass, toReplyAt: index) }
    replyCount += 1
  }

  private func write(_ trafficClass: UInt8, toReplyAt index: Int) {
    if outgoing[replyCount].header.msg_control == nil {
      outgoing[replyCount].header.msg_control = controls + index * Self.controlStride
    }
    let isIPv4 = Endpoint(socketAddress: name(at: index))?.address.isIPv4 ?? true
    PacketReport.writeTrafficClass(trafficClass, isIPv4: isIPv4, to: &outgoing[replyCount].header)
  }

  private func name(at index: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      start: names + index * Self.nameStride,
      count: min(Int(incoming[index].header.msg_namelen), Self.nameBytes))
  }

  /// A copy of a reply, to be sent with a later batch.
  public struct StoredReply: Sendable {
    /// The reply's bytes.
    public let payload: [UInt8]
    fileprivate let destination: [UInt8]
    fileprivate let local: PacketInfo?
    fileprivate let trafficClass: UInt8?
  }

  /// Copies what ``reply(at:offset:byteCount:from:trafficClass:)`` would send.
  public func storedReply(
    at index: Int, offset: Int = 0, byteCount: Int, from local: PacketInfo?, trafficClass: UInt8? = nil
  ) -> StoredReply {
    StoredReply(
      payload: Array(room(at: index)[offset..<offset + byteCount]), destination: Array(name(at: index)),
      local: local, trafficClass: trafficClass)
  }

  /// Empties the batch, before stored replies are appended.
  public mutating func clear() {
    for index in 0..<count { makeRoom(at: index) }
    (count, replyCount) = (0, 0)
  }

  /// Adds a stored reply; the batch holds at most ``capacity``.
  public mutating func append(_ reply: StoredReply) {
    precondition(count < Self.capacity)
    let index = count
    count += 1
    room(at: index).copyBytes(from: reply.payload)
    (names + index * Self.nameStride).copyMemory(from: reply.destination, byteCount: reply.destination.count)
    incoming[index].header.msg_namelen = socklen_t(reply.destination.count)
    self.reply(
      at: index, byteCount: reply.payload.count, from: reply.local, trafficClass: reply.trafficClass)
  }

  /// The outcome of sending a batch's replies.
  public struct Sent: Sendable, Equatable {
    /// Replies that were sent.
    public var messages = 0
    /// Their bytes.
    public var bytes = 0
    /// Replies that were not.
    public var failures = 0
  }

  /// Sends the replies. One that the kernel rejects is skipped. When the send buffer is full, the rest wait for at most
  /// ``waitsPerBatch`` times `patience` milliseconds and are then dropped. See sendmmsg(2).
  public mutating func sendReplies(on socket: borrowing DatagramSocket, patience: Int32) -> Sent {
    let number = socket.descriptor.number
    var (sent, next, waitsLeft) = (Sent(), 0, Self.waitsPerBatch)
    while next < replyCount {
      do throws(Errno) {
        let (first, rest) = (outgoing + next, UInt32(replyCount - next))
        switch try SystemCall.nonblocking({ clinux_sendmmsg(number, first, rest, 0) }) {
        case .done(let taken):
          for index in next..<next + taken { sent.bytes += Int(outgoing[index].length) }
          sent.messages += taken
          next += taken
        case .wouldBlock where waitsLeft > 0:
          waitsLeft = try socket.descriptor.wait(for: .writable, milliseconds: patience) ? waitsLeft - 1 : 0
        case .wouldBlock:
          sent.failures += replyCount - next
          next = replyCount
        }
      } catch {
        // The error concerns the first reply only: EHOSTUNREACH, EPERM, ENOBUFS.
        sent.failures += 1
        next += 1
      }
    }
    replyCount = 0
    return sent
  }

  private func makeRoom(at index: Int) {
    vectors[index] = iovec(iov_base: payloads + index * Self.payloadStride, iov_len: Self.datagramBytes)
    incoming[index].header.msg_name = names + index * Self.nameStride
    incoming[index].header.msg_namelen = socklen_t(Self.nameStride)
    incoming[index].header.msg_iov = vectors + index
    incoming[index].header.msg_iovlen = 1
    incoming[index].header.msg_control = controls + index * Self.controlStride
    incoming[index].header.msg_controllen = Self.controlStride
    incoming[index].header.msg_flags = 0
  }
}
