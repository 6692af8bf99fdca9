public import Addresses
import CLinux
import Glibc
public import SystemPackage

/// A socket that welcomes connections; it never blocks. See listen(2).
public struct ListeningSocket: ~Copyable, Sendable {
  /// The member to add to a ``ReadinessSet``.
  public let descriptor: Descriptor

  init(owning descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  /// Binds and listens. An IPv6 wildcard takes IPv4 connections too.
  ///
  /// - Parameters:
  ///   - sharingPort: joins sockets of this process on the same port, which must share it as well (SO_REUSEPORT), and
  ///     does not listen before ``listen(backlog:)``. The first socket binds without it, so that another process on the
  ///     port is noticed, and then calls ``sharePort()``.
  public init(boundTo endpoint: Endpoint, backlog: Int, sharingPort: Bool = false) throws(Errno) {
    let family = AddressFamily(of: endpoint.address)
    let descriptor = Descriptor(owning: try SystemCall.retrying { clinux_socket(family.domain, true) })
    // Connections of an earlier run in TIME_WAIT do not keep the port from us. See socket(7).
    try SystemCall.setOption(descriptor, level: SOL_SOCKET, SO_REUSEADDR, to: 1)
    // Set here, inherited by what is accepted: a reply is sent at once, it does not wait for more (RFC 896).
    try SystemCall.setOption(descriptor, level: Int32(IPPROTO_TCP), TCP_NODELAY, to: 1)
    // Urgent bytes are bytes of the stream: an echo loses none (RFC 6093, section 6).
    try SystemCall.setOption(descriptor, level: SOL_SOCKET, SO_OOBINLINE, to: 1)
    try descriptor.bind(to: endpoint, family: family, sharingPort: sharingPort)
    // A socket that joins others would be given clients at once: its owner lets it listen when it can serve them.
    if !sharingPort { try descriptor.listen(backlog: backlog) }
    self.descriptor = descriptor
  }

  /// Binds and listens in the file system. A socket that a dead process left there is replaced; one that answers is
  /// EADDRINUSE, and so is any other kind of file. See unix(7).
  public init(unixPath path: String, backlog: Int) throws(Errno) {
    guard let address = SocketAddress(unixPath: path) else { throw .fileNameTooLong }
    let descriptor = Descriptor(owning: try SystemCall.retrying { clinux_socket(AF_UNIX, true) })
    let number = descriptor.number
    do throws(Errno) {
      _ = try SystemCall.retrying { address.withPointer { Glibc.bind(number, $0, $1) } }
    } catch .addressInUse {
      try Self.removeLeftover(at: path, address)
      _ = try SystemCall.retrying { address.withPointer { Glibc.bind(number, $0, $1) } }
    }
    try descriptor.listen(backlog: backlog)
    self.descriptor = descriptor
  }

  /// Changes how many connections may wait to be accepted. See listen(2).
  public func listen(backlog: Int) throws(Errno) {
    try descriptor.listen(backlog: backlog)
  }

  /// Welcomes no more connections from now on, whoever else holds the socket; those that wait are reset.
  /// See shutdown(2), which on Linux ends the listening state.
  public func stopListening() throws(Errno) {
    let number = descriptor.number
    _ = try SystemCall.retrying { shutdown(number, Int32(SHUT_RDWR)) }
  }

  /// Takes a connection that waits, and the peer's endpoint, which a Unix socket's peer has not. See accept4(2).
  ///
  /// An error is that of one connection, or of this process or the socket: see ``isOfOneConnection(_:)``.
  public func accept() throws(Errno) -> Accepted? {
    let number = descriptor.number
    var address = SocketAddress()
    let result = try SystemCall.nonblocking { address.withMutablePointer { clinux_accept(number, $0, $1) } }
    guard case .done(let accepted) = result else { return nil }
    return Accepted(
      socket: StreamSocket(owning: Descriptor(owning: Int32(accepted))), peer: address.endpoint)
  }

  /// A connection that was accepted.
  public struct Accepted: ~Copyable {
    /// Our end.
    public let socket: StreamSocket
    /// The other end; `nil` on a Unix socket.
    public let peer: Endpoint?

    /// Our end, taken out.
    public consuming func takeSocket() -> StreamSocket { socket }
  }

  /// Whether an error of ``accept()`` is that of one connection, which died while it waited, so that the next one can
  /// be taken at once. After any other error that is in vain: descriptors or memory ran out, or another process that
  /// holds the socket shut it down. See accept(2).
  public static func isOfOneConnection(_ error: Errno) -> Bool {
    switch error {
    case .connectionAbort, .notPermitted, .protocolError, .protocolNotAvailable, .notSupportedOnSocket,
      .networkDown, .networkUnreachable, .hostIsDown, .noRouteToHost, .connectionReset, .timedOut:
      true
    default: false
    }
  }

  /// The endpoint that it is bound to, the port that the kernel chose included; `nil` on a Unix socket.
  public func localEndpoint() throws(Errno) -> Endpoint? {
    try descriptor.localEndpoint()
  }

  /// Where a Unix socket is in the file system; `nil` for any other. See unix(7).
  public func localUnixPath() throws(Errno) -> String? {
    try descriptor.localAddress().unixPath
  }

  /// Lets further sockets of this process bind the same port. See socket(7), SO_REUSEPORT.
  public func sharePort() throws(Errno) {
    try SystemCall.setOption(descriptor, level: SOL_SOCKET, SO_REUSEPORT, to: 1)
  }

  private static func removeLeftover(at path: String, _ address: SocketAddress) throws(Errno) {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { throw .addressInUse }
    let probe = Descriptor(owning: try SystemCall.retrying { clinux_socket(AF_UNIX, true) })
    let number = probe.number
    do throws(Errno) {
      _ = try SystemCall.retrying { address.withPointer { connect(number, $0, $1) } }
    } catch .connectionRefused {
      unlink(path)
      return
    } catch {
    }
    throw .addressInUse
  }
}

extension Descriptor {
  /// Binds an internet socket. See bind(2), ip(7), ipv6(7).
  func bind(to endpoint: Endpoint, family: AddressFamily, sharingPort: Bool) throws(Errno) {
    if family == .ipv6 {
      // Said either way, because the system's default can be changed: the wildcard is dual-stack.
      let only: Int32 = endpoint.address.isUnspecified ? 0 : 1
      try SystemCall.setOption(self, level: Int32(IPPROTO_IPV6), IPV6_V6ONLY, to: only)
    }
    if sharingPort { try SystemCall.setOption(self, level: SOL_SOCKET, SO_REUSEPORT, to: 1) }
    let address = SocketAddress(endpoint, family: family)
    _ = try SystemCall.retrying { address.withPointer { Glibc.bind(number, $0, $1) } }
  }

  /// See listen(2).
  fileprivate func listen(backlog: Int) throws(Errno) {
    _ = try SystemCall.retrying { Glibc.listen(number, Int32(clamping: backlog)) }
  }

  func localEndpoint() throws(Errno) -> Endpoint? {
    try localAddress().endpoint
  }

  /// See getsockname(2).
  fileprivate func localAddress() throws(Errno) -> SocketAddress {
    var address = SocketAddress()
    _ = try SystemCall.retrying { address.withMutablePointer { getsockname(number, $0, $1) } }
    return address
  }
}
