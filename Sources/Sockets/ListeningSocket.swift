public import Addresses
import CLinux
import Glibc
public import SystemPackage

/// A non-blocking socket that accepts connections. See listen(2).
public struct ListeningSocket: ~Copyable, Sendable {
  /// The descriptor, for a ``ReadinessSet``.
  public let descriptor: Descriptor
  /// The file that this process bound it to; `nil` unless it is a Unix socket.
  private let file: UnixSocketFile?

  init(owning descriptor: consuming Descriptor) {
    self.descriptor = descriptor
    self.file = nil
  }

  deinit { removeFile() }

  /// Binds and listens. An IPv6 wildcard accepts IPv4 connections too, unless the options say otherwise.
  ///
  /// With `sharingPort` it joins other sockets of this process on the port (SO_REUSEPORT), and listens only after
  /// ``listen(backlog:)``. The first socket binds without it, to detect other processes, and shares its port later:
  /// ``Descriptor/sharePort()``.
  public init(
    boundTo endpoint: Endpoint, _ options: BindOptions = BindOptions(), backlog: Int,
    sharingPort: Bool = false
  ) throws(Errno) {
    let family = AddressFamily(of: endpoint.address)
    let descriptor = Descriptor(owning: try SystemCall.retrying { clinux_socket(family.domain, true) })
    // So that connections of an earlier run in TIME_WAIT do not block the port. See socket(7).
    try SystemCall.setOption(descriptor, level: SOL_SOCKET, SO_REUSEADDR, to: 1)
    // Accepted sockets inherit this: replies are sent at once, without Nagle's algorithm (RFC 896).
    try SystemCall.setOption(descriptor, level: Int32(IPPROTO_TCP), TCP_NODELAY, to: 1)
    // Urgent data stays in the stream and is echoed with it (RFC 6093, section 6).
    try SystemCall.setOption(descriptor, level: SOL_SOCKET, SO_OOBINLINE, to: 1)
    try descriptor.bind(to: endpoint, family: family, options, sharingPort: sharingPort)
    // A socket that joins others would get clients at once, before its owner can serve them.
    if !sharingPort { try descriptor.listen(backlog: backlog) }
    self.descriptor = descriptor
    self.file = nil
  }

  /// Binds and listens on a Unix socket. A stale socket at the path is replaced. If a process is still listening there,
  /// or the path is another kind of file, this throws EADDRINUSE. When the socket is closed, its file is removed. See
  /// unix(7).
  public init(unixPath path: String, backlog: Int) throws(Errno) {
    guard let address = SocketAddress(unixPath: path) else { throw .fileNameTooLong }
    let descriptor = Descriptor(owning: try SystemCall.retrying { clinux_socket(AF_UNIX, true) })
    let number = descriptor.number
    do throws(Errno) {
      _ = try SystemCall.retrying { address.withPointer { Glibc.bind(number, $0, $1) } }
    } catch .addressInUse {
      try Self.removeStaleSocket(at: path, address)
      _ = try SystemCall.retrying { address.withPointer { Glibc.bind(number, $0, $1) } }
    }
    let file = UnixSocketFile(at: path)
    do throws(Errno) {
      try descriptor.listen(backlog: backlog)
    } catch {
      file?.remove()
      throw error
    }
    self.descriptor = descriptor
    self.file = file
  }

  /// Whether clients can find it: `false` for a Unix socket whose file was removed or replaced.
  public var isInPlace: Bool { file?.isInPlace ?? true }

  /// Removes the file of a Unix socket that this process bound, unless another socket has taken the path by now.
  public func removeFile() {
    file?.remove()
  }

  /// Changes how many connections may wait to be accepted. See listen(2).
  public func listen(backlog: Int) throws(Errno) {
    try descriptor.listen(backlog: backlog)
  }

  /// Stops accepting connections, also for other owners of the socket, and resets those that are waiting. See
  /// shutdown(2), which on Linux ends the listening state.
  public func stopListening() throws(Errno) {
    let number = descriptor.number
    _ = try SystemCall.retrying { shutdown(number, Int32(SHUT_RDWR)) }
  }

  /// Accepts a connection; `nil` if none is waiting. ``isOfOneConnection(_:)`` classifies the errors. See accept4(2).
  public func accept() throws(Errno) -> Accepted? {
    let number = descriptor.number
    var address = SocketAddress()
    let result = try SystemCall.nonblocking { address.withMutablePointer { clinux_accept(number, $0, $1) } }
    guard case .done(let accepted) = result else { return nil }
    return Accepted(
      socket: StreamSocket(owning: Descriptor(owning: Int32(accepted))), peer: address.endpoint)
  }

  /// An accepted connection.
  public struct Accepted: ~Copyable {
    /// Our end.
    public let socket: StreamSocket
    /// The peer's endpoint; `nil` on a Unix socket.
    public let peer: Endpoint?

    /// Transfers ownership of our end.
    public consuming func takeSocket() -> StreamSocket { socket }
  }

  /// Whether an error of ``accept()`` concerns only one connection, which failed while it was waiting, so that the next
  /// one can be accepted at once. After any other error that is pointless: descriptors or memory ran out, or another
  /// owner of the socket has shut it down. See accept(2).
  public static func isOfOneConnection(_ error: Errno) -> Bool {
    switch error {
    case .connectionAbort, .notPermitted, .protocolError, .protocolNotAvailable, .notSupportedOnSocket,
      .networkDown, .networkUnreachable, .hostIsDown, .noRouteToHost, .connectionReset, .timedOut:
      true
    default: false
    }
  }

  /// The path of a Unix socket; `nil` for any other. See unix(7).
  public func localUnixPath() throws(Errno) -> String? {
    try descriptor.localAddress().unixPath
  }

  private static func removeStaleSocket(at path: String, _ address: SocketAddress) throws(Errno) {
    guard let stale = UnixSocketFile(at: path) else { throw .addressInUse }
    let probe = Descriptor(owning: try SystemCall.retrying { clinux_socket(AF_UNIX, true) })
    do throws(Errno) {
      try probe.connect(to: address)
    } catch .connectionRefused {
      // Another process may have replaced it meanwhile.
      stale.remove()
      return
    } catch {
    }
    throw .addressInUse
  }
}

extension Descriptor {
  fileprivate func listen(backlog: Int) throws(Errno) {
    _ = try SystemCall.retrying { Glibc.listen(number, Int32(clamping: backlog)) }
  }
}
