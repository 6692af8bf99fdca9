public import Addresses
import CLinux
import Glibc
public import SystemPackage

/// Owns a file descriptor, and closes it when its lifetime ends.
public struct Descriptor: ~Copyable, Sendable {
  /// The kernel's number, for calls in this module. It is valid as long as the owner exists.
  let number: Int32

  /// Takes ownership of an open descriptor.
  init(owning number: Int32) {
    precondition(number >= 0)
    self.number = number
  }

  /// Takes ownership of a descriptor from another process. EPROTOTYPE for one that only names a file: every other call on
  /// it fails with EBADF. See open(2), O_PATH.
  init(passed number: Int32) throws(Errno) {
    self.init(owning: number)
    if try isOnlyName() { throw .protocolWrongTypeForSocket }
  }

  deinit {
    // Not retried on EINTR: Linux has released the number by then, and another thread may own it. See close(2).
    _ = close(number)
  }

  /// Waits until the descriptor is ready; `false` after the timeout. For programs with one socket. See poll(2).
  public func wait(for interest: ReadinessSet.Interest, milliseconds: Int32) throws(Errno) -> Bool {
    var entry = pollfd(fd: number, events: Int16(truncatingIfNeeded: interest.rawValue), revents: 0)
    return try SystemCall.retrying { poll(&entry, 1, milliseconds) } > 0
  }
}

// MARK: - Descriptors of another process

extension Descriptor {
  /// Makes a descriptor that came from another process non-blocking and close-on-exec. See fcntl(2).
  func makeNonblocking() throws(Errno) {
    let flags = try SystemCall.retrying { fcntl(number, F_GETFL) }
    _ = try SystemCall.retrying { fcntl(number, F_SETFL, flags | O_NONBLOCK) }
    _ = try SystemCall.retrying { fcntl(number, F_SETFD, FD_CLOEXEC) }
  }

  /// Whether it only names a file: see open(2), O_PATH.
  fileprivate func isOnlyName() throws(Errno) -> Bool {
    try SystemCall.retrying { fcntl(number, F_GETFL) } & Int32(clinux_only_name) != 0
  }

  /// Whether it is a TCP socket, with several paths or one; `false` also if it is not a socket. See socket(7).
  func isTCP() throws(Errno) -> Bool {
    if try isOnlyName() { return false }
    do throws(Errno) {
      let domain = try SystemCall.option(self, level: SOL_SOCKET, SO_DOMAIN)
      let transport = try SystemCall.option(self, level: SOL_SOCKET, SO_PROTOCOL)
      // A .socket unit can ask for Multipath TCP (RFC 8684), which has a number of its own.
      return [AF_INET, AF_INET6].contains(domain)
        && [Int32(IPPROTO_TCP), Int32(IPPROTO_MPTCP)].contains(transport)
    } catch .notSocket {
      return false
    }
  }
}

// MARK: - Sockets

extension Descriptor {
  /// Binds an internet socket. See bind(2), ip(7), ipv6(7).
  func bind(
    to endpoint: Endpoint, family: AddressFamily, _ options: BindOptions, sharingPort: Bool
  ) throws(Errno) {
    try set(options, family: family, isWildcard: endpoint.address.isUnspecified)
    if sharingPort { try sharePort() }
    let address = SocketAddress(endpoint, family: family)
    _ = try SystemCall.retrying { address.withPointer { Glibc.bind(number, $0, $1) } }
  }

  /// Lets other sockets of this user bind the same port. See socket(7), SO_REUSEPORT.
  public func sharePort() throws(Errno) {
    try SystemCall.setOption(self, level: SOL_SOCKET, SO_REUSEPORT, to: 1)
  }

  /// The endpoint that it is bound to, with the port that the kernel chose; `nil` on a Unix socket. See getsockname(2).
  public func localEndpoint() throws(Errno) -> Endpoint? {
    try localAddress().endpoint
  }

  /// See getsockname(2).
  func localAddress() throws(Errno) -> SocketAddress {
    var address = SocketAddress()
    _ = try SystemCall.retrying { address.withMutablePointer { getsockname(number, $0, $1) } }
    return address
  }

  /// Connects. A non-blocking stream socket throws EINPROGRESS. See connect(2).
  func connect(to address: SocketAddress) throws(Errno) {
    _ = try SystemCall.retrying { address.withPointer { Glibc.connect(number, $0, $1) } }
  }

  /// Whether a socket is connected. See getpeername(2).
  public var hasPeer: Bool {
    var peer = SocketAddress()
    return peer.withMutablePointer { getpeername(number, $0, $1) } == 0
  }

  /// Whether a connected socket is its own peer. See getpeername(2).
  func isConnectedToItself() throws(Errno) -> Bool {
    let peer = try peerAddress()
    return try localEndpoint() == peer.endpoint
  }

  /// See getpeername(2).
  func peerAddress() throws(Errno) -> SocketAddress {
    var address = SocketAddress()
    _ = try SystemCall.retrying { address.withMutablePointer { getpeername(number, $0, $1) } }
    return address
  }

  /// Makes receives block, with a timeout; sends of a ``StreamSocket`` or a ``ConnectedDatagramBatch`` still do not
  /// block. For programs with one socket. See socket(7), SO_RCVTIMEO.
  public func waitInReceive(nanoseconds: Int64) throws(Errno) {
    var time = timeval(
      tv_sec: Int(nanoseconds / 1_000_000_000), tv_usec: Int(nanoseconds % 1_000_000_000 / 1000))
    _ = try SystemCall.retrying {
      setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }
    let flags = try SystemCall.retrying { fcntl(number, F_GETFL) }
    _ = try SystemCall.retrying { fcntl(number, F_SETFL, flags & ~O_NONBLOCK) }
  }
}
