import Glibc
public import SystemPackage

/// Memory in pages of its own. The kernel gets them back when the buffer is released; malloc keeps what is free between
/// blocks that are in use. A page is resident once it has been written to. See mmap(2).
public final class MappedBuffer {
  /// The memory, zeroed at first.
  public let bytes: UnsafeMutableRawBufferPointer

  /// Maps a number of bytes, rounded up to pages. ENOMEM if the machine, or the process's limit, has no room for them.
  public init(byteCount: Int) throws(Errno) {
    do throws(Errno) {
      let address = try SystemCall.retrying {
        Int(bitPattern: mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
      }
      bytes = UnsafeMutableRawBufferPointer(
        start: UnsafeMutableRawPointer(bitPattern: address), count: byteCount)
    } catch {
      // EAGAIN, if memory is locked, means the same.
      throw .noMemory
    }
  }

  deinit {
    // The kernel refuses to split a mapping when there are too many (vm.max_map_count). Then only the address space is
    // lost.
    if munmap(bytes.baseAddress, bytes.count) != 0 { madvise(bytes.baseAddress, bytes.count, MADV_DONTNEED) }
  }

  /// The first bytes.
  public func prefix(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: bytes[..<byteCount])
  }
}
