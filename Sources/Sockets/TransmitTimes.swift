import CLinux
import Glibc
public import SystemPackage

/// When a datagram left: the kernel takes the time just before it hands the datagram to the driver. See
/// Documentation/networking/timestamping.rst of Linux, SOF_TIMESTAMPING_TX_SOFTWARE.
public struct Transmission: Hashable, Sendable {
  /// Which datagram it was: the socket's sends, counted from 0 since ``DatagramSocket/reportTransmissions()``.
  public var number: UInt32
  /// When, in nanoseconds of CLOCK_REALTIME (see ``SystemClock/epochNanoseconds()``).
  public var time: Int64

  /// Makes a transmission from its parts.
  public init(number: UInt32, time: Int64) { (self.number, self.time) = (number, time) }

  /// The time in a control message; `nil` if it is a message of another kind.
  static func time(reading message: UnsafeMutablePointer<cmsghdr>) -> Int64? {
    let header = message.pointee
    guard (header.cmsg_level, header.cmsg_type) == (SOL_SOCKET, Int32(clinux_timestamping)),
      header.cmsg_len >= clinux_cmsg_length(MemoryLayout<timespec>.size), let data = clinux_cmsg_data(message)
    else { return nil }
    // The first of three times is the kernel's own; the last is the hardware's.
    let time = data.loadUnaligned(as: timespec.self)
    let nanoseconds = Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    return nanoseconds == 0 ? nil : nanoseconds
  }
}

extension DatagramSocket {
  /// Makes the kernel queue the time at which each datagram leaves from now on, and count the datagrams from 0 again.
  /// An event keeps the socket ready until it is taken: see ``takeQueuedEvent()``. Nothing is queued if the driver does
  /// not support this.
  ///
  /// Whether a failed send counts depends on the kernel: call this again after one.
  public func reportTransmissions() throws(Errno) {
    // The count only restarts if the flag was not set before.
    for flags in [0, Int32(clinux_timestamp_transmissions)] {
      try SystemCall.setOption(descriptor, level: SOL_SOCKET, Int32(clinux_timestamping), to: flags)
    }
  }

  /// Takes the next error or time; `nil` if there is none.
  public func takeQueuedEvent() -> QueuedEvent? { descriptor.takeQueuedEvent() }

  /// Receives one datagram from a connected socket's peer, with what the kernel was asked to report about it, and
  /// returns its size; what does not fit is lost. See recvmsg(2).
  public func receive(into buffer: inout [UInt8], _ report: inout PacketReport) throws(Errno) -> IOResult<Int>
  {
    let number = descriptor.number
    var room = [UInt64](repeating: 0, count: 32)
    return try buffer.withUnsafeMutableBufferPointer { bytes throws(Errno) in
      try room.withUnsafeMutableBufferPointer { room throws(Errno) in
        var vector = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
        return try withUnsafeMutablePointer(to: &vector) { vector throws(Errno) in
          var header = msghdr()
          header.msg_iov = vector
          header.msg_iovlen = 1
          header.msg_control = UnsafeMutableRawPointer(room.baseAddress)
          header.msg_controllen = room.count * MemoryLayout<UInt64>.size
          let result = try SystemCall.nonblocking { recvmsg(number, &header, 0) }
          if case .done = result { report = PacketReport(reading: &header) }
          return result
        }
      }
    }
  }
}
