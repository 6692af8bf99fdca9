public import Addresses
import CLinux
import Glibc
public import SystemPackage

/// Our end of a connection; non-blocking, except after ``Descriptor/waitInReceive(nanoseconds:)``. See tcp(7) and unix(7).
public struct StreamSocket: ~Copyable, Sendable {
  /// The result of a receive.
  public enum Received: Sendable, Equatable {
    /// The number of bytes received, at least one.
    case bytes(Int)
    /// The peer has shut down its side.
    case end
    /// Nothing has arrived.
    case wouldBlock
  }

  /// The descriptor, for a ``ReadinessSet``.
  public let descriptor: Descriptor

  init(owning descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  /// Takes over a TCP connection from another process, and makes it non-blocking and close-on-exec. Its other options
  /// stay as they are. EPROTOTYPE if it is not a TCP socket, or is one that listens.
  public init(adopting descriptor: consuming Descriptor) throws(Errno) {
    guard try descriptor.isTCP(), try SystemCall.option(descriptor, level: SOL_SOCKET, SO_ACCEPTCONN) == 0
    else {
      throw .protocolWrongTypeForSocket
    }
    try descriptor.makeNonblocking()
    self.descriptor = descriptor
  }

  /// Starts to connect. The socket becomes writable when it is connected or has failed: then call
  /// ``finishConnecting()``. See connect(2).
  ///
  /// `queueingErrors` keeps what hosts report meanwhile, until ``stopQueueingErrors()``. A report that can be temporary
  /// makes the socket ready too; ``finishConnecting()`` then throws ENOTCONN.
  public init(
    connectingTo endpoint: Endpoint, _ options: PacketOptions = PacketOptions(), queueingErrors: Bool = false
  ) throws(Errno) {
    let family = AddressFamily(of: endpoint.address)
    let descriptor = Descriptor(owning: try SystemCall.retrying { clinux_socket(family.domain, true) })
    if queueingErrors { try descriptor.queueErrors() }
    try descriptor.set(options, family: family)
    do throws(Errno) {
      try descriptor.connect(to: SocketAddress(endpoint, family: family))
    } catch .nowInProgress {
    }
    try SystemCall.setOption(descriptor, level: Int32(IPPROTO_TCP), TCP_NODELAY, to: 1)
    self.descriptor = descriptor
  }

  /// Throws the error if the attempt to connect has failed.
  ///
  /// On loopback the kernel can choose the endpoint's own port if it is free, and the socket is then connected to
  /// itself (RFC 9293, section 3.5, simultaneous open). This throws ECONNREFUSED, because no other socket is there.
  public func finishConnecting() throws(Errno) {
    if let error = try pendingError() { throw error }
    if try descriptor.isConnectedToItself() { throw .connectionRefused }
  }

  /// Whether the socket, which is connected to the endpoint, is connected to itself: see ``finishConnecting()``.
  /// Cheaper when the ports differ. See getsockname(2).
  public func isConnected(toItselfAs endpoint: Endpoint) throws(Errno) -> Bool {
    guard try descriptor.localEndpoint()?.port == endpoint.port else { return false }
    return try descriptor.isConnectedToItself()
  }

  /// The peer's endpoint; `nil` if the socket is no longer connected, as after a reset. See getpeername(2).
  public func peer() -> Endpoint? { try? descriptor.peerAddress().endpoint }

  /// Receives as much as has arrived and fits into the buffer. See recv(2).
  public func receive(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Received {
    let number = descriptor.number
    switch try SystemCall.nonblocking({ recv(number, buffer.baseAddress, buffer.count, 0) }) {
    case .done(0): return .end
    case .done(let count): return .bytes(count)
    case .wouldBlock: return .wouldBlock
    }
  }

  /// Sends as many bytes as fit into the send buffer. A closed connection is an error, not a signal. See send(2).
  public func send(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> IOResult<Int> {
    let number = descriptor.number
    return try SystemCall.nonblocking {
      Glibc.send(number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    }
  }

  /// Shuts down our side; bytes sent before that are delivered first. See shutdown(2).
  public func shutdownSending() throws(Errno) {
    let number = descriptor.number
    _ = try SystemCall.retrying { shutdown(number, Int32(SHUT_WR)) }
  }

  /// Makes the close discard unsent data and reset the connection, whoever closes it, instead of delivering the data in
  /// the background. See socket(7), SO_LINGER.
  public func resetOnClose() { setLinger(isOn: true) }

  /// Undoes ``resetOnClose()``.
  public func deliverOnClose() { setLinger(isOn: false) }

  private func setLinger(isOn: Bool) {
    var noDelay = linger(l_onoff: isOn ? 1 : 0, l_linger: 0)
    setsockopt(descriptor.number, SOL_SOCKET, SO_LINGER, &noDelay, socklen_t(MemoryLayout<linger>.size))
  }

  /// Whether the peer has acknowledged everything that was sent, including a shutdown. See tcp(7), SIOCOUTQ.
  public var isAcknowledged: Bool { clinux_unacknowledged(descriptor.number) == 0 }

  /// Returns and clears the socket's pending error, if there is one. See socket(7), SO_ERROR.
  public func pendingError() throws(Errno) -> Errno? {
    let value = try SystemCall.option(descriptor, level: SOL_SOCKET, SO_ERROR)
    return value == 0 ? nil : Errno(rawValue: value)
  }
}

// For programs without buffers of their own.
extension StreamSocket {
  /// As ``send(_:)-(UnsafeRawBufferPointer)``.
  public func send(_ bytes: ArraySlice<UInt8>) throws(Errno) -> IOResult<Int> {
    try bytes.withUnsafeBufferPointer { bytes throws(Errno) in try send(UnsafeRawBufferPointer(bytes)) }
  }

  /// As ``receive(into:)``, at most `limit` bytes, into the beginning of an array.
  public func receive(into buffer: inout [UInt8], atMost limit: Int = .max) throws(Errno) -> Received {
    try buffer.withUnsafeMutableBufferPointer { bytes throws(Errno) in
      try receive(
        into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes).prefix(limit)))
    }
  }
}
