import Glibc
public import SystemPackage

/// A bound socket passed by another process, as in systemd's socket activation. See sd_listen_fds(3).
public enum PassedSocket: ~Copyable, Sendable {
  /// A UDP socket.
  case datagram(DatagramSocket)
  /// A listening TCP or Unix socket.
  case listening(ListeningSocket)

  /// Takes ownership and makes the socket non-blocking and close-on-exec. EPROTOTYPE if it is neither kind of socket.
  /// Buffers, backlog and other options that an earlier process has set stay as they are.
  public init(owning number: Int32) throws(Errno) {
    let descriptor = try Descriptor(passed: number)
    try descriptor.makeNonblocking()
    switch try SystemCall.option(descriptor, level: SOL_SOCKET, SO_TYPE) {
    case Int32(SOCK_DGRAM.rawValue) where try Self.isInternet(descriptor):
      self = .datagram(try DatagramSocket(owning: descriptor))
    case Int32(SOCK_STREAM.rawValue)
    where try SystemCall.option(descriptor, level: SOL_SOCKET, SO_ACCEPTCONN) == 1:
      if try Self.isInternet(descriptor) {
        try SystemCall.setOption(descriptor, level: Int32(IPPROTO_TCP), TCP_NODELAY, to: 1)
        try SystemCall.setOption(descriptor, level: SOL_SOCKET, SO_OOBINLINE, to: 1)
      }
      self = .listening(ListeningSocket(owning: descriptor))
    default:
      throw .protocolWrongTypeForSocket
    }
  }

  private static func isInternet(_ descriptor: borrowing Descriptor) throws(Errno) -> Bool {
    let domain = try SystemCall.option(descriptor, level: SOL_SOCKET, SO_DOMAIN)
    return domain == AF_INET || domain == AF_INET6
  }
}
