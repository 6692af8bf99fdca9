import CLinux
import Glibc
public import SystemPackage

/// A file in memory that nobody can change any more, to be passed to another process. See memfd_create(2) and
/// fcntl(2), F_ADD_SEALS.
public struct SealedMemory: ~Copyable, Sendable {
  /// The descriptor, for a ``DescriptorList``.
  public let descriptor: Descriptor

  /// Makes a file with these bytes. EMFILE if the process has no free descriptors, ENOMEM or ENOSPC if the machine has no
  /// memory, ENOSYS if the kernel has no such files, and EACCES if it does not permit them.
  ///
  /// - Parameters:
  ///   - name: the name that /proc shows, at most 249 bytes.
  public init(name: String, holding bytes: [UInt8]) throws(Errno) {
    let descriptor = Descriptor(owning: try Self.create(name))
    let number = descriptor.number
    var written = 0
    while written < bytes.count {
      written += try SystemCall.retrying {
        bytes[written...].withUnsafeBytes { pwrite(number, $0.baseAddress, $0.count, written) }
      }
    }
    _ = try SystemCall.retrying { clinux_add_seals(number, Int32(clinux_all_seals)) }
    self.descriptor = descriptor
  }

  /// Takes ownership of a file that another process made, and makes it close-on-exec. EPROTOTYPE if it is not a file in
  /// memory, or can still change.
  public init(owning number: Int32) throws(Errno) {
    let descriptor = try Descriptor(passed: number)
    do throws(Errno) {
      let seals = try SystemCall.retrying { clinux_get_seals(number) }
      guard seals & Int32(clinux_all_seals) == clinux_all_seals else { throw Errno.invalidArgument }
    } catch .invalidArgument {
      // The kernel's answer for any other kind of file.
      throw .protocolWrongTypeForSocket
    }
    _ = try SystemCall.retrying { fcntl(number, F_SETFD, FD_CLOEXEC) }
    self.descriptor = descriptor
  }

  /// Everything that is in it. Does not move the file's position, so that a later process can read it again. EFBIG if
  /// there are more bytes than the limit.
  public func contents(atMost limit: Int) throws(Errno) -> [UInt8] {
    let number = descriptor.number
    var status = stat()
    _ = try SystemCall.retrying { fstat(number, &status) }
    let size = Int(status.st_size)
    guard size <= limit else { throw .fileTooLarge }
    var bytes = [UInt8](repeating: 0, count: size)
    var count = 0
    while count < size {
      let next = try SystemCall.retrying {
        bytes.withUnsafeMutableBytes { pread(number, $0.baseAddress.map { $0 + count }, size - count, count) }
      }
      // It cannot shrink.
      guard next > 0 else { throw .ioError }
      count += next
    }
    return bytes
  }

  private static func create(_ name: String) throws(Errno) -> Int32 {
    do throws(Errno) {
      return try SystemCall.retrying { clinux_memfd_create(name, UInt32(clinux_not_executable)) }
    } catch .invalidArgument {
      return try SystemCall.retrying { clinux_memfd_create(name, 0) }
    }
  }
}
