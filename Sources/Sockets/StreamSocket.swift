public import Addresses
import CLinux
import Glibc
public import SystemPackage

/// One end of a connection; it never blocks, but see ``waitInReceive(nanoseconds:)``. Its owner's end closes it.
/// See tcp(7) and unix(7).
public struct StreamSocket: ~Copyable, Sendable {
  /// What one receive brought.
  public enum Received: Sendable, Equatable {
    /// That many bytes, one at least.
    case bytes(Int)
    /// The peer sends no more.
    case end
    /// Nothing yet.
    case wouldBlock
  }

  /// The member to add to a ``ReadinessSet``.
  public let descriptor: Descriptor

  init(owning descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  /// Starts to connect to an endpoint. The socket is writable when it is connected or refused: ask
  /// ``finishConnecting()``. See connect(2).
  public init(connectingTo endpoint: Endpoint) throws(Errno) {
    let family = AddressFamily(of: endpoint.address)
    let descriptor = Descriptor(owning: try SystemCall.retrying { clinux_socket(family.domain, true) })
    let number = descriptor.number
    let address = SocketAddress(endpoint, family: family)
    do throws(Errno) {
      _ = try SystemCall.retrying { address.withPointer { connect(number, $0, $1) } }
    } catch .nowInProgress {
    }
    try SystemCall.setOption(descriptor, level: Int32(IPPROTO_TCP), TCP_NODELAY, to: 1)
    self.descriptor = descriptor
  }

  /// Returns when the attempt to connect, which is over, has brought a connection; otherwise throws why not.
  ///
  /// On loopback the kernel can choose the very port that is connected to, if nobody has it, and the connection is then
  /// one to itself (RFC 9293, section 3.5, simultaneous open). Nobody is there: ECONNREFUSED.
  public func finishConnecting() throws(Errno) {
    if let error = try pendingError() { throw error }
    if try descriptor.isConnectedToItself() { throw .connectionRefused }
  }

  /// Whether a connection to an endpoint is one to itself, as ``finishConnecting()`` finds out; for a connection that is
  /// known to be there. See getsockname(2).
  public func isConnected(toItselfAs endpoint: Endpoint) throws(Errno) -> Bool {
    guard try descriptor.localEndpoint()?.port == endpoint.port else { return false }
    return try descriptor.isConnectedToItself()
  }

  /// The endpoint of our end; `nil` on a Unix socket. See getsockname(2).
  public func localEndpoint() throws(Errno) -> Endpoint? {
    try descriptor.localEndpoint()
  }

  /// Lets receives wait for a time before they find nothing. Sends do not wait. For programs with one socket.
  /// See socket(7), SO_RCVTIMEO.
  public func waitInReceive(nanoseconds: Int64) throws(Errno) {
    try descriptor.waitInReceive(nanoseconds: nanoseconds)
  }

  /// Takes what has come, as far as the buffer reaches. See recv(2).
  public func receive(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Received {
    let number = descriptor.number
    switch try SystemCall.nonblocking({ recv(number, buffer.baseAddress, buffer.count, 0) }) {
    case .done(0): return .end
    case .done(let count): return .bytes(count)
    case .wouldBlock: return .wouldBlock
    }
  }

  /// Hands bytes to the kernel, as many as it takes. A peer that is gone is an error and no signal. See send(2).
  public func send(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> IOResult<Int> {
    let number = descriptor.number
    return try SystemCall.nonblocking {
      Glibc.send(number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    }
  }

  /// Tells the peer that no more will come; what was sent before is delivered first. See shutdown(2).
  public func shutdownSending() throws(Errno) {
    let number = descriptor.number
    _ = try SystemCall.retrying { shutdown(number, Int32(SHUT_WR)) }
  }

  /// Lets the close throw away what the peer has not taken, with a reset, where the kernel would go on trying to deliver
  /// it. See socket(7), SO_LINGER.
  public func resetOnClose() {
    var atOnce = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor.number, SOL_SOCKET, SO_LINGER, &atOnce, socklen_t(MemoryLayout<linger>.size))
  }

  /// Whether the peer's kernel has everything that was sent, a shutdown included. See tcp(7), SIOCOUTQ.
  public var isAcknowledged: Bool { clinux_unacknowledged(descriptor.number) == 0 }

  /// The error that waits on the socket, and takes it from there; `nil` when all is well. See socket(7), SO_ERROR.
  public func pendingError() throws(Errno) -> Errno? {
    let value = try SystemCall.option(descriptor, level: SOL_SOCKET, SO_ERROR)
    return value == 0 ? nil : Errno(rawValue: value)
  }

  /// Waits until the socket is ready or the time is over; `false` when it is over. For programs with one thing to do;
  /// queues use a ``ReadinessSet``. See poll(2).
  public func wait(for interest: ReadinessSet.Interest, milliseconds: Int32) throws(Errno) -> Bool {
    try descriptor.wait(for: interest, milliseconds: milliseconds)
  }
}

extension Descriptor {
  /// Whether both ends of a connected socket are one. See getpeername(2).
  func isConnectedToItself() throws(Errno) -> Bool {
    var peer = SocketAddress()
    _ = try SystemCall.retrying { peer.withMutablePointer { getpeername(number, $0, $1) } }
    return try localEndpoint() == peer.endpoint
  }

  /// Lets receives wait for a time before they find nothing. See socket(7), SO_RCVTIMEO.
  func waitInReceive(nanoseconds: Int64) throws(Errno) {
    var time = timeval(
      tv_sec: Int(nanoseconds / 1_000_000_000), tv_usec: Int(nanoseconds % 1_000_000_000 / 1000))
    _ = try SystemCall.retrying {
      setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }
    let flags = try SystemCall.retrying { fcntl(number, F_GETFL) }
    _ = try SystemCall.retrying { fcntl(number, F_SETFL, flags & ~O_NONBLOCK) }
  }

  func wait(for interest: ReadinessSet.Interest, milliseconds: Int32) throws(Errno) -> Bool {
    var entry = pollfd(fd: number, events: Int16(truncatingIfNeeded: interest.rawValue), revents: 0)
    return try SystemCall.retrying { poll(&entry, 1, milliseconds) } > 0
  }
}
