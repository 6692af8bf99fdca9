import Addresses
import CLinux
import Glibc
public import SystemPackage

/// An error that a socket's queue had, and the beginning of the message that it is about.
public struct QueuedError: Hashable, Sendable {
  /// The error, with its report.
  public var reported: ReportedError
  /// The first bytes of the message, as many as came back with the report, at most ``messageLimit``; none over TCP.
  public var message: [UInt8]

  /// How many bytes of a message are kept: enough for the first ones after a PROXY header.
  public static let messageLimit = 64
}

/// What a socket's error queue had.
public enum QueuedEvent: Hashable, Sendable {
  /// An error that a host reported.
  case error(QueuedError)
  /// The time at which a datagram left.
  case transmission(Transmission)
}

/// The room for the control messages of an event, in words of 8 bytes: an error, the address of its reporter and the
/// times of ``Transmission`` need 21.
private let controlRoom = 64

extension Descriptor {
  /// Makes the kernel queue the errors that hosts report about what the socket sends, and report also those that can be
  /// temporary. A queued error keeps the socket ready until it is taken. See ip(7), IP_RECVERR; ipv6(7), IPV6_RECVERR.
  func queueErrors(_ isOn: Bool = true) throws(Errno) {
    let isIPv6 = try SystemCall.option(self, level: SOL_SOCKET, SO_DOMAIN) == AF_INET6
    try SystemCall.setOption(
      self, level: Int32(isIPv6 ? IPPROTO_IPV6 : IPPROTO_IP),
      Int32(isIPv6 ? IPV6_RECVERR : IP_RECVERR), to: isOn ? 1 : 0)
  }

  /// Takes the next error that a host reported; `nil` if none waits. What else waits before it is discarded.
  func takeQueuedError() -> QueuedError? {
    while let event = takeQueuedEvent() {
      if case .error(let error) = event { return error }
    }
    return nil
  }

  /// Takes the next event; `nil` if none waits. Errors of the kernel itself are skipped: the call that met them has
  /// thrown them. See recvmsg(2), MSG_ERRQUEUE.
  func takeQueuedEvent() -> QueuedEvent? {
    while true {
      var message = [UInt8](repeating: 0, count: QueuedError.messageLimit)
      var room = [UInt64](repeating: 0, count: controlRoom)
      var count = 0
      var event: QueuedEvent?
      message.withUnsafeMutableBytes { bytes in
        room.withUnsafeMutableBytes { room in
          var vector = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
          withUnsafeMutablePointer(to: &vector) { vector in
            var header = msghdr()
            header.msg_iov = vector
            header.msg_iovlen = 1
            header.msg_control = room.baseAddress
            header.msg_controllen = room.count
            let flags = Int32(MSG_ERRQUEUE) | Int32(MSG_DONTWAIT)
            count = (try? SystemCall.retrying { recvmsg(number, &header, flags) }) ?? -1
            if count >= 0 { event = QueuedEvent(reading: &header, bytes.prefix(count)) }
          }
        }
      }
      guard count >= 0 else { return nil }
      if let event { return event }
    }
  }
}

extension QueuedEvent {
  /// Reads the control messages of an event; `nil` if it is neither an error of another host nor a time.
  fileprivate init?(reading header: inout msghdr, _ bytes: Slice<UnsafeMutableRawBufferPointer>) {
    var time: Int64?
    var number: UInt32?
    var next = clinux_cmsg_first(&header)
    while let message = next {
      next = clinux_cmsg_next(&header, message)
      if let sent = Transmission.time(reading: message) { time = sent }
      guard let (error, address) = Self.extendedError(message) else { continue }
      if let reported = ReportedError(error, address) {
        self = .error(QueuedError(reported: reported, message: Array(bytes)))
        return
      }
      if error.origin == clinux_origin_timestamping { number = error.data }
    }
    guard let time, let number else { return nil }
    self = .transmission(Transmission(number: number, time: time))
  }

  /// The error that a control message has, and the bytes of its reporter's address.
  private static func extendedError(
    _ message: UnsafeMutablePointer<cmsghdr>
  ) -> (clinux_extended_error, UnsafeRawBufferPointer)? {
    let (size, header) = (MemoryLayout<clinux_extended_error>.size, message.pointee)
    let isError =
      (header.cmsg_level, header.cmsg_type) == (Int32(IPPROTO_IP), Int32(IP_RECVERR))
      || (header.cmsg_level, header.cmsg_type) == (Int32(IPPROTO_IPV6), Int32(IPV6_RECVERR))
    guard isError, header.cmsg_len >= clinux_cmsg_length(size), let data = clinux_cmsg_data(message) else {
      return nil
    }
    let bytes = UnsafeRawBufferPointer(start: data, count: header.cmsg_len - clinux_cmsg_length(0))
    return (
      data.loadUnaligned(as: clinux_extended_error.self), UnsafeRawBufferPointer(rebasing: bytes[size...])
    )
  }
}

extension ReportedError {
  /// `nil` if no other host reported the error.
  fileprivate init?(_ error: clinux_extended_error, _ address: UnsafeRawBufferPointer) {
    let isReported = error.origin == clinux_origin_icmp || error.origin == clinux_origin_icmp6
    guard isReported, let sender = Endpoint(socketAddress: address) else { return nil }
    let isTooLong = error.error == UInt32(EMSGSIZE) && error.information > 0
    let report = ICMPReport(
      sender: sender.zonedAddress, type: error.type, code: error.code,
      mtu: isTooLong ? Int(error.information) : nil)
    self.init(Errno(rawValue: Int32(error.error)), report: report)
  }
}

extension DatagramSocket {
  /// Takes the next error that a host reported about a datagram that was sent; `nil` if none waits. Each
  /// failed call can mean that errors wait.
  public func takeQueuedError() -> QueuedError? { descriptor.takeQueuedError() }
}

extension StreamSocket {
  /// Stops queueing reports: those that can be temporary would end the connection. Waiting ones are discarded.
  public func stopQueueingErrors() throws(Errno) { try descriptor.queueErrors(false) }

  /// Takes the next error that a host reported; `nil` if none waits.
  public func takeQueuedError() -> QueuedError? { descriptor.takeQueuedError() }
}
