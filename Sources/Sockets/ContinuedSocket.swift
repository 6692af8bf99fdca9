import CLinux
import Glibc

/// What a later process has to know about a UDP socket that it takes over, and cannot learn from the kernel.
extension DatagramSocket {
  /// How far the kernel's counter of drops has been counted. It wraps. See ``takeKernelDrops()``.
  public var countedDrops: UInt32 { kernelDrops.counted }

  /// Continues to count the kernel's drops where the earlier process ended: at its ``countedDrops``. Without it,
  /// counting begins when the socket is taken over. Call it before the socket is served.
  public func continueCounting(from count: UInt32) {
    kernelDrops.restart(from: count)
  }

  /// The sizes of its buffers in bytes when it was made or passed, as the kernel reports them.
  public var initialBufferSizes: (receive: Int, send: Int) { (initialBuffers.receive, initialBuffers.send) }

  /// Sets the sizes that ``restoreReceiveBuffer()`` and ``restoreSendBuffer()`` restore: the ``initialBufferSizes`` of
  /// the earlier process. Call it before the socket is served.
  public func setInitialBufferSizes(receive: Int, send: Int) {
    initialBuffers.set(receive: receive, send: send)
  }

  /// Makes the receive buffer as large as the kernel permits without privileges (net.core.rmem_max), for the time in
  /// which nobody receives; it never becomes smaller. If the kernel cannot be asked, it stays as it is. See socket(7),
  /// SO_RCVBUF.
  public func widenReceiveBuffer() {
    // Another socket shows what would be granted: this one may already have more, through a privilege of its first
    // owner.
    guard let number = try? SystemCall.retrying({ clinux_socket(AF_INET, false) }) else { return }
    let other = Descriptor(owning: number)
    guard let granted = try? other.setBuffer(SO_RCVBUF, bytes: .max),
      let current = try? SystemCall.option(descriptor, level: SOL_SOCKET, SO_RCVBUF), granted > current
    else { return }
    _ = try? setReceiveBuffer(bytes: .max)
  }
}
