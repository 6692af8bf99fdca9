import Glibc

/// A message to a service manager, and the descriptors that came with it. See unix(7), SCM_RIGHTS.
struct NotifyMessage: Sendable {
  /// Its assignments.
  let lines: [String]
  /// The descriptors, which the receiver has to close.
  let descriptors: [Int32]

  private static let byteCount = 64 * 1024
  /// Room for 253 descriptors, the most that the kernel passes.
  private static let controlWords = 256
  private static let headerBytes = MemoryLayout<cmsghdr>.size

  /// Takes the next message; `nil` if none waits.
  init?(from socket: Int32) {
    var bytes = [UInt8](repeating: 0, count: Self.byteCount)
    var control = [UInt](repeating: 0, count: Self.controlWords)
    var controlBytes = 0
    let count = bytes.withUnsafeMutableBytes { bytes in
      control.withUnsafeMutableBytes { control in
        var vector = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
        return withUnsafeMutablePointer(to: &vector) { vector in
          var header = msghdr()
          (header.msg_iov, header.msg_iovlen) = (vector, 1)
          (header.msg_control, header.msg_controllen) = (control.baseAddress, control.count)
          let count = recvmsg(socket, &header, Int32(MSG_DONTWAIT) | Int32(MSG_CMSG_CLOEXEC))
          controlBytes = header.msg_controllen
          return count
        }
      }
    }
    guard count >= 0 else { return nil }
    lines = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    descriptors = control.withUnsafeBytes { Self.descriptors(in: .init(rebasing: $0[..<controlBytes])) }
  }

  private static func descriptors(in control: UnsafeRawBufferPointer) -> [Int32] {
    var (offset, found): (Int, [Int32]) = (0, [])
    while offset + headerBytes <= control.count {
      let header = control.loadUnaligned(fromByteOffset: offset, as: cmsghdr.self)
      let end = min(offset + header.cmsg_len, control.count)
      guard end >= offset + headerBytes else { break }
      if header.cmsg_level == SOL_SOCKET, header.cmsg_type == Int32(SCM_RIGHTS) {
        found += stride(from: offset + headerBytes, to: end, by: 4).map {
          control.loadUnaligned(fromByteOffset: $0, as: Int32.self)
        }
      }
      // Each is aligned to a word.
      offset += (header.cmsg_len + 7) & ~7
    }
    return found
  }
}
