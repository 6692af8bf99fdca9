import Glibc
public import SystemPackage

/// Memory in pages of its own. They return to the kernel when the buffer is released, whereas malloc keeps free memory
/// between blocks in use. A page is resident once it has been written to. See mmap(2).
public final class MappedBuffer {
  /// The memory, zeroed at first.
  public let bytes: UnsafeMutableRawBufferPointer

  /// Maps a number of bytes, rounded up to whole pages. Throws ENOMEM if the machine has no memory or a limit is
  /// reached.
  public init(byteCount: Int) throws(Errno) {
    do throws(Errno) {
      let address = try SystemCall.retrying {
        Int(bitPattern: mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
      }
      bytes = UnsafeMutableRawBufferPointer(
        start: UnsafeMutableRawPointer(bitPattern: address), count: byteCount)
    } catch {
      // EAGAIN means the same: it is returned if memory is locked.
      throw .noMemory
    }
  }

  deinit {
    // The kernel refuses to split a mapping if there are too many (vm.max_map_count). Then at least the pages are given
    // back, and only address space is lost.
    if munmap(bytes.baseAddress, bytes.count) != 0 { madvise(bytes.baseAddress, bytes.count, MADV_DONTNEED) }
  }

  /// The first bytes.
  public func prefix(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: bytes[..<byteCount])
  }
}
