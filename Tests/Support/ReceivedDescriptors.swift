import Glibc

/// A message that came with descriptors, which are open as long as it exists. Made of plain libc calls, as
/// ``PlainSocket`` is.
public final class ReceivedDescriptors: Sendable {
  /// The bytes of the message.
  public let bytes: [UInt8]
  /// The descriptors' numbers in this process.
  public let numbers: [Int32]

  init(bytes: [UInt8], numbers: [Int32]) {
    (self.bytes, self.numbers) = (bytes, numbers)
  }

  deinit { for number in numbers { close(number) } }

  /// The message as text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// What identifies the open files, in every process: their inodes.
  public var inodes: [UInt64] { numbers.map(inode) }
}

/// The inode of a descriptor's open file. See fstat(2).
public func inode(_ number: Int32) -> UInt64 {
  var status = stat()
  return fstat(number, &status) == 0 ? UInt64(status.st_ino) : 0
}

extension PlainSocket {
  /// Receives the next message of a Unix socket with its descriptors. See recvmsg(2) and unix(7), SCM_RIGHTS.
  public func receiveWithDescriptors() async throws -> ReceivedDescriptors {
    var bytes = [UInt8](repeating: 0, count: 70_000)
    // Room for the 253 descriptors that a message has at most.
    var control = [UInt64](repeating: 0, count: 200)
    var controlBytes = 0
    let count = try await patiently("recvmsg") {
      bytes.withUnsafeMutableBytes { bytes in
        control.withUnsafeMutableBytes { control in
          var vector = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
          return withUnsafeMutablePointer(to: &vector) { vector in
            var header = msghdr()
            (header.msg_iov, header.msg_iovlen) = (vector, 1)
            (header.msg_control, header.msg_controllen) = (control.baseAddress, control.count)
            let count = recvmsg(number, &header, Int32(MSG_DONTWAIT | MSG_CMSG_CLOEXEC))
            controlBytes = header.msg_controllen
            return count
          }
        }
      }
    }
    let start = MemoryLayout<cmsghdr>.size
    let numbers: [Int32] = control.withUnsafeBytes { control in
      guard controlBytes > start else { return [] }
      let length = control.load(as: cmsghdr.self).cmsg_len
      return Array(UnsafeRawBufferPointer(rebasing: control[start..<length]).bindMemory(to: Int32.self))
    }
    return ReceivedDescriptors(bytes: Array(bytes[..<count]), numbers: numbers)
  }
}
