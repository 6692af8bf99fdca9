import CLinux
import Glibc
import SystemPackage

extension Descriptor {
  /// Sends a message on a connected Unix socket together with descriptors, all of them or none, without waiting. A
  /// closed peer is an error, not a signal. See sendmsg(2), and unix(7), SCM_RIGHTS.
  func send(_ bytes: [UInt8], passing list: DescriptorList) throws(Errno) -> IOResult<Int> {
    let number = number
    var bytes = bytes
    var control = list.controlMessage
    return try SystemCall.nonblocking {
      withHeader(of: &bytes, &control) { sendmsg(number, $0, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) }
    }
  }

  /// Receives a message with up to ``DescriptorList/capacity`` descriptors, without waiting; `nil` if none is there, or
  /// the peer is gone. Its bytes are discarded. The caller owns the descriptors. See recvmsg(2).
  ///
  /// - Parameters:
  ///   - control: ``DescriptorList/controlRoom``.
  func receive(control: inout [UInt64]) throws(Errno) -> PassedDescriptors? {
    let number = number
    var byte: [UInt8] = [0]
    var (room, flags) = (0, Int32(0))
    let result = try SystemCall.nonblocking {
      withHeader(of: &byte, &control) { header in
        let count = recvmsg(number, header, Int32(MSG_CMSG_CLOEXEC | MSG_DONTWAIT))
        (room, flags) = (header.pointee.msg_controllen, header.pointee.msg_flags)
        return count
      }
    }
    guard case .done(let count) = result else { return nil }
    let numbers = control.withUnsafeMutableBytes { DescriptorList.numbers(in: $0, used: room) }
    // No bytes and no descriptors: the end.
    guard count > 0 || !numbers.isEmpty else { return nil }
    return PassedDescriptors(numbers: numbers, isCut: flags & Int32(MSG_CTRUNC) != 0)
  }
}

/// What came with a message.
struct PassedDescriptors {
  let numbers: [Int32]
  /// Whether there were more, for which the process had no room.
  let isCut: Bool
}

/// Calls a function with the header of a message that has one part. The room for control messages is in words, because
/// they have to be aligned. See sendmsg(2).
private func withHeader(
  of bytes: inout [UInt8], _ control: inout [UInt64], _ call: (UnsafeMutablePointer<msghdr>) -> Int
) -> Int {
  bytes.withUnsafeMutableBytes { bytes in
    control.withUnsafeMutableBytes { control in
      var part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
      return withUnsafeMutablePointer(to: &part) { part in
        var header = msghdr()
        (header.msg_iov, header.msg_iovlen) = (part, 1)
        if !control.isEmpty {
          (header.msg_control, header.msg_controllen) = (control.baseAddress, control.count)
        }
        return call(&header)
      }
    }
  }
}

extension DescriptorList {
  /// The control message that passes the descriptors; empty if there are none. See cmsg(3).
  fileprivate var controlMessage: [UInt64] {
    guard !isEmpty else { return [] }
    let byteCount = count * MemoryLayout<Int32>.size
    var words = [UInt64](repeating: 0, count: clinux_cmsg_space(byteCount) / MemoryLayout<UInt64>.size)
    words.withUnsafeMutableBytes { room in
      var message = cmsghdr()
      message.cmsg_len = clinux_cmsg_length(byteCount)
      (message.cmsg_level, message.cmsg_type) = (SOL_SOCKET, Int32(SCM_RIGHTS))
      room.storeBytes(of: message, as: cmsghdr.self)
      // They follow the header: see CMSG_DATA in cmsg(3).
      let data = UnsafeMutableRawBufferPointer(rebasing: room[clinux_cmsg_length(0)...])
      numbers.withUnsafeBytes { data.copyMemory(from: $0) }
    }
    return words
  }

  /// Room for the control message of a full list.
  static var controlRoom: [UInt64] {
    [UInt64](
      repeating: 0,
      count: clinux_cmsg_space(capacity * MemoryLayout<Int32>.size) / MemoryLayout<UInt64>.size)
  }

  /// The descriptors in the control messages that were received.
  fileprivate static func numbers(in room: UnsafeMutableRawBufferPointer, used: Int) -> [Int32] {
    var header = msghdr()
    (header.msg_control, header.msg_controllen) = (room.baseAddress, used)
    var numbers: [Int32] = []
    var next = clinux_cmsg_first(&header)
    while let message = next {
      if message.pointee.cmsg_level == SOL_SOCKET, message.pointee.cmsg_type == Int32(SCM_RIGHTS),
        let data = clinux_cmsg_data(message)
      {
        let byteCount = message.pointee.cmsg_len - clinux_cmsg_length(0)
        numbers += UnsafeRawBufferPointer(start: data, count: byteCount).bindMemory(to: Int32.self)
      }
      next = clinux_cmsg_next(&header, message)
    }
    return numbers
  }
}
