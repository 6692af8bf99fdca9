import Addresses
import Glibc
import SystemPackage
import TestSupport

/// What should not be under a name of echod's in the store.
enum ForeignDescriptor: String, CaseIterable, Sendable {
  case pipe, file, device, unboundDatagrams, unconnectedStream, listeningElsewhere, boundElsewhere
  case unixPair, emptyParcel, wordyParcel, parcelOfPipes

  /// Makes one, which the receiver has to close.
  func make() throws -> Int32 {
    switch self {
    case .pipe: return try Self.pair { Glibc.pipe($0) }
    case .file: return try StoredState.file([1, 2, 3], isSealed: false)
    case .device: return try Self.checked(open("/dev/null", O_RDWR | O_CLOEXEC))
    case .unboundDatagrams: return try Self.socket(AF_INET, SOCK_DGRAM)
    case .unconnectedStream: return try Self.socket(AF_INET, SOCK_STREAM)
    case .boundElsewhere: return try Self.copy(of: PlainSocket.datagrams())
    case .listeningElsewhere:
      let socket = try PlainSocket(.tcp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
      listen(socket.number, 4)
      return try Self.copy(of: socket)
    case .unixPair: return try Self.pair { socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, $0) }
    case .emptyParcel: return try Self.pair { socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, $0) }
    case .wordyParcel: return try Self.parcel(passing: [])
    case .parcelOfPipes:
      return try Self.parcel(passing: [ForeignDescriptor.pipe.make(), ForeignDescriptor.file.make()])
    }
  }

  /// The receiving end of a parcel with a message that passes these, which are closed here.
  static func parcel(passing numbers: [Int32]) throws -> Int32 {
    defer { for number in numbers { close(number) } }
    var ends: [Int32] = [0, 0]
    _ = try checked(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends))
    defer { close(ends[0]) }
    var text = Array("what is this?".utf8)
    var control = [UInt](repeating: 0, count: 2 + (numbers.count + 1) / 2)
    let bytes = MemoryLayout<cmsghdr>.size + numbers.count * 4
    let sent = text.withUnsafeMutableBytes { text in
      control.withUnsafeMutableBytes { control in
        var vector = iovec(iov_base: text.baseAddress, iov_len: text.count)
        return withUnsafeMutablePointer(to: &vector) { vector in
          var message = msghdr()
          (message.msg_iov, message.msg_iovlen) = (vector, 1)
          if !numbers.isEmpty {
            var header = cmsghdr()
            (header.cmsg_len, header.cmsg_level) = (bytes, SOL_SOCKET)
            header.cmsg_type = Int32(SCM_RIGHTS)
            control.storeBytes(of: header, as: cmsghdr.self)
            for (place, number) in numbers.enumerated() {
              control.storeBytes(
                of: number, toByteOffset: MemoryLayout<cmsghdr>.size + place * 4, as: Int32.self)
            }
            (message.msg_control, message.msg_controllen) = (control.baseAddress, control.count)
          }
          return sendmsg(ends[0], &message, Int32(MSG_NOSIGNAL))
        }
      }
    }
    _ = try checked(Int32(sent))
    return ends[1]
  }

  private static func socket(_ domain: Int32, _ type: __socket_type) throws -> Int32 {
    try checked(Glibc.socket(domain, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0))
  }

  static func copy(of socket: PlainSocket) throws -> Int32 {
    try checked(fcntl(socket.number, F_DUPFD_CLOEXEC, 3))
  }

  /// One of two ends; the other one stays open, so that a reader never sees the end.
  private static func pair(_ make: (UnsafeMutablePointer<Int32>) -> Int32) throws -> Int32 {
    var ends: [Int32] = [0, 0]
    _ = try checked(make(&ends))
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return ends[0]
  }

  private static func checked(_ result: Int32) throws -> Int32 {
    guard result >= 0 else { throw Errno(rawValue: errno) }
    return result
  }
}
