import EchoCore
import Glibc

/// One of this process's sockets, as the kernel describes it.
struct OpenSocket {
  let number: Int32

  /// The sockets of a transport that are bound to a port, but not those of a client that is connected to it.
  static func all(_ transport: Transport, onPort port: UInt16) throws -> [OpenSocket] {
    let type = transport == .udp ? SOCK_DGRAM : SOCK_STREAM
    return (0..<8192).map(OpenSocket.init).filter {
      $0.localPort == port && $0.option(SOL_SOCKET, SO_TYPE) == Int32(type.rawValue)
    }
  }

  var keepAliveSeconds: Int? {
    option(SOL_SOCKET, SO_KEEPALIVE) == 0 ? nil : Int(option(Int32(IPPROTO_TCP), TCP_KEEPIDLE))
  }

  /// Whether the kernel reports hop limit and traffic class with each IPv4 datagram.
  var reportsHeaders: (hopLimit: Bool, trafficClass: Bool) {
    (
      option(Int32(IPPROTO_IP), Int32(IP_RECVTTL)) != 0, option(Int32(IPPROTO_IP), Int32(IP_RECVTOS)) != 0
    )
  }

  /// Whether the kernel reports the time of arrival with each datagram (SO_TIMESTAMPNS).
  var reportsArrival: Bool { option(SOL_SOCKET, 35) != 0 }

  var receiveBuffer: Int32 { option(SOL_SOCKET, SO_RCVBUF) }

  /// How many connections may wait; `nil` if it is not listening.
  var backlog: Int? {
    guard option(SOL_SOCKET, SO_ACCEPTCONN) == 1 else { return nil }
    var info = tcp_info()
    var length = socklen_t(MemoryLayout<tcp_info>.size)
    getsockopt(number, Int32(IPPROTO_TCP), TCP_INFO, &info, &length)
    return Int(info.tcpi_sacked)
  }

  private var localPort: UInt16? {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &length) }
    }
    return result == 0 && address.sin_family == sa_family_t(AF_INET)
      ? UInt16(bigEndian: address.sin_port) : nil
  }

  private func option(_ level: Int32, _ name: Int32) -> Int32 {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(number, level, name, &value, &length)
    return value
  }
}
