import Glibc

extension PlainSocket {
  /// Sets an option that is a number. See setsockopt(2).
  public func setOption(_ level: Int32, _ name: Int32, to value: Int32) {
    var value = value
    setsockopt(number, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Receives a datagram, and its traffic class if that is the only thing that the kernel was asked to report. See
  /// recvmsg(2) and cmsg(3).
  public func receiveWithTrafficClass() async throws -> (bytes: [UInt8], trafficClass: UInt8?) {
    var bytes = [UInt8](repeating: 0, count: 70_000)
    var control = [UInt](repeating: 0, count: 8)
    var controlBytes = 0
    let count = try await patiently("recvmsg") {
      bytes.withUnsafeMutableBytes { bytes in
        control.withUnsafeMutableBytes { control in
          var vector = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
          return withUnsafeMutablePointer(to: &vector) { vector in
            var header = msghdr()
            (header.msg_iov, header.msg_iovlen) = (vector, 1)
            (header.msg_control, header.msg_controllen) = (control.baseAddress, control.count)
            let count = recvmsg(number, &header, Int32(MSG_DONTWAIT))
            controlBytes = header.msg_controllen
            return count
          }
        }
      }
    }
    let start = MemoryLayout<cmsghdr>.size
    let trafficClass = controlBytes > start ? control.withUnsafeBytes { $0[start] } : nil
    return (Array(bytes[..<count]), trafficClass)
  }
}
