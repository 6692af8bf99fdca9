public import Addresses
import CLinux
import Glibc
public import SystemPackage

/// A non-blocking UDP socket that reports the local address each datagram was sent to. See udp(7).
public struct DatagramSocket: ~Copyable, Sendable {
  /// The MTU that every IPv6 link has. See RFC 8200, section 5.
  static let leastIPv6MTU: Int32 = 1280

  /// The descriptor, for a ``ReadinessSet``.
  public let descriptor: Descriptor
  let kernelDrops: DropCounter
  let initialBuffers: InitialBufferSizes

  /// What the kernel dropped before is not counted.
  init(owning descriptor: consuming Descriptor) throws(Errno) {
    try descriptor.prepareForReplies()
    let initialBuffers = try InitialBufferSizes(of: descriptor)
    self.kernelDrops = DropCounter(from: descriptor.droppedDatagrams ?? 0)
    self.initialBuffers = initialBuffers
    self.descriptor = descriptor
  }

  /// Binds. An IPv6 wildcard receives IPv4 datagrams too, with v4-mapped addresses, unless the options say otherwise.
  /// `sharingPort` is as in ``ListeningSocket/init(boundTo:_:backlog:sharingPort:)``.
  public init(
    boundTo endpoint: Endpoint, _ options: BindOptions = BindOptions(), sharingPort: Bool = false
  ) throws(Errno) {
    let family = AddressFamily(of: endpoint.address)
    let descriptor = Descriptor(owning: try SystemCall.retrying { clinux_socket(family.domain, false) })
    // Before the bind: a datagram that arrived in between would lack its destination.
    try descriptor.prepareForReplies()
    try descriptor.bind(to: endpoint, family: family, options, sharingPort: sharingPort)
    let initialBuffers = try InitialBufferSizes(of: descriptor)
    self.kernelDrops = DropCounter(from: 0)
    self.initialBuffers = initialBuffers
    self.descriptor = descriptor
  }

  /// Makes a socket that exchanges datagrams with one endpoint only, from a port that the kernel chooses.
  /// See connect(2).
  ///
  /// On loopback the kernel can choose the endpoint's own port if it is free, and the socket would receive what it
  /// sends. This throws ECONNREFUSED, because no other socket is there.
  ///
  /// `queueingErrors` keeps what hosts report about its datagrams, including errors that may be temporary. After each
  /// failed call it has to be taken until none is left: see ``takeQueuedError()``.
  public init(
    connectedTo endpoint: Endpoint, _ options: PacketOptions = PacketOptions(), queueingErrors: Bool = false
  ) throws(Errno) {
    let family = AddressFamily(of: endpoint.address)
    let descriptor = Descriptor(owning: try SystemCall.retrying { clinux_socket(family.domain, false) })
    if queueingErrors { try descriptor.queueErrors() }
    try descriptor.set(options, family: family)
    try descriptor.connect(to: SocketAddress(endpoint, family: family))
    if try descriptor.isConnectedToItself() { throw .connectionRefused }
    let initialBuffers = try InitialBufferSizes(of: descriptor)
    self.kernelDrops = DropCounter(from: 0)
    self.initialBuffers = initialBuffers
    self.descriptor = descriptor
  }

  /// Stops the arrival of datagrams, also for other owners of the socket; those that wait can still be received and
  /// answered. A UDP socket cannot be unbound, but a connected one receives only from its peer: here an unused port.
  /// See connect(2).
  public func stopReceiving() throws(Errno) {
    guard try SystemCall.option(descriptor, level: SOL_SOCKET, SO_DOMAIN) == AF_INET6 else {
      return try descriptor.connect(
        to: SocketAddress(Endpoint(address: .loopbackIPv4, port: 1), family: .ipv4))
    }
    // A socket on one interface has no route to loopback, but an interface with IPv6 has a link-local network. Where no
    // interface has IPv6, a dual-stack socket still has a route over IPv4.
    let scope = try descriptor.boundInterface()
    let unused = [
      Endpoint(address: IPAddress(bits: 1), port: 1), Endpoint(address: .linkLocal, port: 1, scope: scope),
      Endpoint(address: .loopbackIPv4, port: 1),
    ]
    for (index, endpoint) in unused.enumerated() {
      do throws(Errno) {
        return try descriptor.connect(to: SocketAddress(endpoint, family: .ipv6))
      } catch  where index < unused.count - 1 {
      }
    }
  }

  /// How many datagrams the kernel has dropped at the socket since the last call, which may have been another owner's:
  /// those that found the receive buffer full, and the few with a wrong checksum. See sock_diag(7), INET_DIAG_SKMEMINFO.
  public func takeKernelDrops() -> Int {
    kernelDrops.take { descriptor.droppedDatagrams }
  }

  /// Requests a receive buffer and returns the size granted, in bytes: the kernel limits the request to
  /// net.core.rmem_max and doubles it for its own bookkeeping. See socket(7), SO_RCVBUF.
  public func setReceiveBuffer(bytes: Int) throws(Errno) -> Int {
    try descriptor.setBuffer(SO_RCVBUF, bytes: bytes)
  }

  /// Requests a send buffer and returns the size granted. See socket(7), SO_SNDBUF.
  public func setSendBuffer(bytes: Int) throws(Errno) -> Int {
    try descriptor.setBuffer(SO_SNDBUF, bytes: bytes)
  }

  /// Restores the size that the receive buffer had when the socket was made or passed.
  public func restoreReceiveBuffer() throws(Errno) {
    try descriptor.restoreBuffer(SO_RCVBUF, initialBuffers.receive)
  }

  /// Does the same as ``restoreReceiveBuffer()`` for the send buffer.
  public func restoreSendBuffer() throws(Errno) {
    try descriptor.restoreBuffer(SO_SNDBUF, initialBuffers.send)
  }

  /// Sends one datagram to the peer of a connected socket. See send(2).
  public func send(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> IOResult<Int> {
    let number = descriptor.number
    return try SystemCall.nonblocking { Glibc.send(number, bytes.baseAddress, bytes.count, 0) }
  }

  /// Receives one datagram from a connected socket's peer, and returns its size, which can be 0. See recv(2).
  public func receive(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> IOResult<Int> {
    let number = descriptor.number
    return try SystemCall.nonblocking { recv(number, buffer.baseAddress, buffer.count, 0) }
  }

  /// Discards the next datagram; `false` if none waits. See recv(2).
  public func dropDatagram() throws(Errno) -> Bool {
    let number = descriptor.number
    // The kernel discards what does not fit into the buffer: here everything.
    switch try SystemCall.nonblocking({ recv(number, nil, 0, 0) }) {
    case .done: return true
    case .wouldBlock: return false
    }
  }
}

// For programs without buffers of their own.
extension DatagramSocket {
  /// As ``send(_:)-(UnsafeRawBufferPointer)``.
  public func send(_ bytes: [UInt8]) throws(Errno) -> IOResult<Int> {
    try bytes.withUnsafeBufferPointer { bytes throws(Errno) in try send(UnsafeRawBufferPointer(bytes)) }
  }

  /// As ``receive(into:)``, into the beginning of an array; what does not fit is lost.
  public func receive(into buffer: inout [UInt8]) throws(Errno) -> IOResult<Int> {
    try buffer.withUnsafeMutableBufferPointer { bytes throws(Errno) in
      try receive(into: UnsafeMutableRawBufferPointer(bytes))
    }
  }
}

extension IPAddress {
  /// `fe80::1`.
  fileprivate static let linkLocal = IPAddress(bits: 0xFE80 << 112 | 1)
}

extension Descriptor {
  /// The kernel's counter of dropped datagrams, which wraps; `nil` if the kernel has none.
  fileprivate var droppedDatagrams: UInt32? {
    var values = [UInt32](repeating: 0, count: Int(clinux_meminfo_count))
    var length = socklen_t(values.count * MemoryLayout<UInt32>.size)
    guard getsockopt(number, SOL_SOCKET, SO_MEMINFO, &values, &length) == 0 else { return nil }
    return values[Int(clinux_meminfo_drops)]
  }

  /// Makes the kernel report the local address that each datagram was sent to, so that its reply can be sent from there,
  /// and lets a reply that is too long for a link be fragmented. See ip(7) and ipv6(7).
  fileprivate func prepareForReplies() throws(Errno) {
    // Without DF, so that routers fragment a reply as they may have fragmented its request. Not IP_PMTUDISC_OMIT, which
    // also ignores the MTU of a route. On a dual-stack socket this is for IPv4.
    try SystemCall.setOption(self, level: Int32(IPPROTO_IP), IP_MTU_DISCOVER, to: IP_PMTUDISC_DONT)
    if try SystemCall.option(self, level: SOL_SOCKET, SO_DOMAIN) == AF_INET6 {
      // IPv6 routers do not fragment. Fragments of this size pass every link, wherever ICMPv6 is filtered.
      try SystemCall.setOption(self, level: Int32(IPPROTO_IPV6), IPV6_MTU, to: DatagramSocket.leastIPv6MTU)
      try SystemCall.setOption(self, level: Int32(IPPROTO_IPV6), Int32(clinux_ipv6_recvpktinfo), to: 1)
    }
    // A dual-stack socket needs it too: it shows which IPv4 datagrams were broadcasts.
    try SystemCall.setOption(self, level: Int32(IPPROTO_IP), Int32(clinux_ip_pktinfo), to: 1)
  }
}
