import Glibc
public import SystemPackage

/// When TCP asks whether an idle peer is still there, and when it gives the peer up. See tcp(7), TCP_KEEPIDLE.
public struct KeepAlive: Sendable, Equatable {
  /// How many probes without an answer end a connection.
  public static let probes = 4

  /// How many seconds a connection is idle before the first probe: 1 to 32767.
  public let idleSeconds: Int

  /// `nil` for 0, which means never.
  public init?(idleSeconds: Int) {
    guard idleSeconds > 0 else { return nil }
    self.idleSeconds = idleSeconds
  }

  /// The seconds between probes: a quarter of the idle time, but at least one.
  public var intervalSeconds: Int { max(1, idleSeconds / Self.probes) }

  /// After how many seconds of silence the peer is given up.
  public var totalSeconds: Int { idleSeconds + Self.probes * intervalSeconds }
}

extension Descriptor {
  /// Sets the keepalive of a TCP connection, or of those that a listening socket accepts from now on: they inherit it.
  /// `nil` turns it off. A Unix socket has none.
  ///
  /// Not TCP_USER_TIMEOUT: that also ends the connection of a peer which is alive but not reading.
  public func setKeepAlive(_ keepAlive: KeepAlive?) throws(Errno) {
    guard try SystemCall.option(self, level: SOL_SOCKET, SO_DOMAIN) != AF_UNIX else { return }
    if let keepAlive {
      let tcp = Int32(IPPROTO_TCP)
      try SystemCall.setOption(self, level: tcp, TCP_KEEPIDLE, to: Int32(clamping: keepAlive.idleSeconds))
      try SystemCall.setOption(
        self, level: tcp, TCP_KEEPINTVL, to: Int32(clamping: keepAlive.intervalSeconds))
      try SystemCall.setOption(self, level: tcp, TCP_KEEPCNT, to: Int32(KeepAlive.probes))
    }
    try SystemCall.setOption(self, level: SOL_SOCKET, SO_KEEPALIVE, to: keepAlive == nil ? 0 : 1)
  }

  /// See tcp(7), TCP_INFO.
  private var tcpInfo: tcp_info {
    var info = tcp_info()
    var length = socklen_t(MemoryLayout<tcp_info>.size)
    getsockopt(number, Int32(IPPROTO_TCP), TCP_INFO, &info, &length)
    return info
  }

  /// How many connections of a listening TCP socket wait to be accepted.
  public var waitingConnections: Int { Int(tcpInfo.tcpi_unacked) }

  /// Whether a TCP peer has acknowledged nothing for the given time, although data was sent again or it was asked
  /// for space more than once. A peer that is alive but not reading answers.
  public func isUnanswered(forMilliseconds milliseconds: Int64) -> Bool {
    let info = tcpInfo
    return info.tcpi_last_ack_recv >= milliseconds && (info.tcpi_retransmits > 0 || info.tcpi_probes > 1)
  }
}
