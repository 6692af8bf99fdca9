import Glibc
import SystemPackage

/// The sizes of a socket's buffers in bytes, as the kernel reports them. See socket(7), SO_RCVBUF and SO_SNDBUF.
struct BufferSizes: Sendable {
  let receive: Int
  let send: Int

  init(of descriptor: borrowing Descriptor) throws(Errno) {
    receive = Int(try SystemCall.option(descriptor, level: SOL_SOCKET, SO_RCVBUF))
    send = Int(try SystemCall.option(descriptor, level: SOL_SOCKET, SO_SNDBUF))
  }
}

extension Descriptor {
  /// Requests a buffer size and returns the size granted, which is twice the request unless a limit is lower.
  func setBuffer(_ option: Int32, bytes: Int) throws(Errno) -> Int {
    try SystemCall.setOption(self, level: SOL_SOCKET, option, to: Int32(clamping: bytes))
    return Int(try SystemCall.option(self, level: SOL_SOCKET, option))
  }

  /// Restores a size that the kernel reported earlier, unless it is the current one.
  func restoreBuffer(_ option: Int32, _ initial: Int) throws(Errno) {
    guard try SystemCall.option(self, level: SOL_SOCKET, option) != initial else { return }
    _ = try setBuffer(option, bytes: initial / 2)
  }
}
