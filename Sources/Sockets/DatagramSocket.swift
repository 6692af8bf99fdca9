public import Addresses
import CLinux
import Glibc
public import SystemPackage

/// A UDP socket that tells for each datagram to which of our addresses it was sent; it never blocks. See udp(7).
public struct DatagramSocket: ~Copyable, Sendable {
  /// The member to add to a ``ReadinessSet``.
  public let descriptor: Descriptor

  init(owning descriptor: consuming Descriptor) throws(Errno) {
    try descriptor.askForDestinations()
    self.descriptor = descriptor
  }

  /// Binds. An IPv6 wildcard takes IPv4 datagrams too, with v4-mapped addresses.
  ///
  /// - Parameters:
  ///   - sharingPort: as with ``ListeningSocket/init(boundTo:backlog:sharingPort:)``.
  public init(boundTo endpoint: Endpoint, sharingPort: Bool = false) throws(Errno) {
    let family = AddressFamily(of: endpoint.address)
    let descriptor = Descriptor(owning: try SystemCall.retrying { clinux_socket(family.domain, false) })
    // Before the bind: a datagram that arrives in between would come without its destination.
    try descriptor.askForDestinations()
    try descriptor.bind(to: endpoint, family: family, sharingPort: sharingPort)
    self.descriptor = descriptor
  }

  /// Makes a socket that sends to one endpoint and hears only that, from a port of the kernel's choice.
  /// See connect(2).
  ///
  /// On loopback the kernel can choose the very port that is connected to, if nobody has it, and the socket would then
  /// hear itself. Nobody is there: ECONNREFUSED.
  public init(connectedTo endpoint: Endpoint) throws(Errno) {
    let family = AddressFamily(of: endpoint.address)
    let descriptor = Descriptor(owning: try SystemCall.retrying { clinux_socket(family.domain, false) })
    let number = descriptor.number
    let address = SocketAddress(endpoint, family: family)
    _ = try SystemCall.retrying { address.withPointer { connect(number, $0, $1) } }
    if try descriptor.isConnectedToItself() { throw .connectionRefused }
    self.descriptor = descriptor
  }

  /// The endpoint that it is bound to, the port that the kernel chose included.
  public func localEndpoint() throws(Errno) -> Endpoint? {
    try descriptor.localEndpoint()
  }

  /// Lets further sockets of this process bind the same port. See socket(7), SO_REUSEPORT.
  public func sharePort() throws(Errno) {
    try SystemCall.setOption(descriptor, level: SOL_SOCKET, SO_REUSEPORT, to: 1)
  }

  /// Hears nobody any more, whoever else holds the socket; what waits in it can still be received and answered.
  /// A UDP socket cannot be unbound, but one that is connected hears its peer alone: here a port that nobody has.
  /// See connect(2).
  public func stopHearing() throws(Errno) {
    let isIPv6 = try SystemCall.option(descriptor, level: SOL_SOCKET, SO_DOMAIN) == AF_INET6
    let nobody = Endpoint(address: isIPv6 ? IPAddress(bits: 1) : .loopbackIPv4, port: 1)
    let address = SocketAddress(nobody, family: isIPv6 ? .ipv6 : .ipv4)
    let number = descriptor.number
    _ = try SystemCall.retrying { address.withPointer { connect(number, $0, $1) } }
  }

  /// Asks for a receive buffer and returns what the kernel granted, in bytes: it doubles the number for its own
  /// bookkeeping and cuts it to net.core.rmem_max. See socket(7), SO_RCVBUF.
  public func setReceiveBuffer(bytes: Int) throws(Errno) -> Int {
    try setBuffer(SO_RCVBUF, bytes)
  }

  /// Asks for a send buffer and returns what the kernel granted. See socket(7), SO_SNDBUF.
  public func setSendBuffer(bytes: Int) throws(Errno) -> Int {
    try setBuffer(SO_SNDBUF, bytes)
  }

  /// Sends one datagram to the peer of a connected socket. See send(2).
  public func send(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> IOResult<Int> {
    let number = descriptor.number
    return try SystemCall.nonblocking { Glibc.send(number, bytes.baseAddress, bytes.count, 0) }
  }

  /// Takes one datagram of a connected socket's peer: its size, which can be 0. See recv(2).
  public func receive(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> IOResult<Int> {
    let number = descriptor.number
    return try SystemCall.nonblocking { recv(number, buffer.baseAddress, buffer.count, 0) }
  }

  /// Takes the next datagram and drops it unread; `false` when none waits. See recv(2).
  public func dropDatagram() throws(Errno) -> Bool {
    let number = descriptor.number
    // What does not fit into the buffer is lost: here all of it.
    switch try SystemCall.nonblocking({ recv(number, nil, 0, 0) }) {
    case .done: return true
    case .wouldBlock: return false
    }
  }

  /// Lets receives wait for a time before they find nothing. Those who send do so by ``ConnectedDatagramBatch``, which does not.
  /// For programs with one socket. See socket(7), SO_RCVTIMEO.
  public func waitInReceive(nanoseconds: Int64) throws(Errno) {
    try descriptor.waitInReceive(nanoseconds: nanoseconds)
  }

  /// Waits until the socket is ready or the time is over; `false` when it is over. See poll(2).
  public func wait(for interest: ReadinessSet.Interest, milliseconds: Int32) throws(Errno) -> Bool {
    try descriptor.wait(for: interest, milliseconds: milliseconds)
  }

  private func setBuffer(_ option: Int32, _ bytes: Int) throws(Errno) -> Int {
    try SystemCall.setOption(descriptor, level: SOL_SOCKET, option, to: Int32(clamping: bytes))
    return Int(try SystemCall.option(descriptor, level: SOL_SOCKET, option))
  }
}

extension Descriptor {
  /// Asks the kernel to tell of each datagram to which of our addresses it was sent.
  fileprivate func askForDestinations() throws(Errno) {
    switch try SystemCall.option(self, level: SOL_SOCKET, SO_DOMAIN) {
    case AF_INET6:
      // It speaks for IPv4 datagrams on a dual-stack socket too, with v4-mapped addresses.
      try SystemCall.setOption(
        self, level: Int32(IPPROTO_IPV6), Int32(clinux_ipv6_recvpktinfo), to: 1)
    default:
      try SystemCall.setOption(self, level: Int32(IPPROTO_IP), Int32(clinux_ip_pktinfo), to: 1)
    }
  }
}
