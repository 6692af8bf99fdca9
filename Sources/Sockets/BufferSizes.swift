import Glibc
import Synchronization
import SystemPackage

/// The original sizes of a socket's buffers in bytes, as the kernel reports them. Safe to use from any thread. See
/// socket(7), SO_RCVBUF and SO_SNDBUF.
final class InitialBufferSizes: Sendable {
  private let receiveBytes: Atomic<Int>
  private let sendBytes: Atomic<Int>

  /// The current sizes.
  init(of descriptor: borrowing Descriptor) throws(Errno) {
    let receive = Int(try SystemCall.option(descriptor, level: SOL_SOCKET, SO_RCVBUF))
    let send = Int(try SystemCall.option(descriptor, level: SOL_SOCKET, SO_SNDBUF))
    receiveBytes = Atomic(receive)
    sendBytes = Atomic(send)
  }

  var receive: Int { receiveBytes.load(ordering: .relaxed) }
  var send: Int { sendBytes.load(ordering: .relaxed) }

  func set(receive: Int, send: Int) {
    receiveBytes.store(receive, ordering: .relaxed)
    sendBytes.store(send, ordering: .relaxed)
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
