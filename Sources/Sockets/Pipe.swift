import CLinux
public import SystemPackage

/// A pipe, whose ends do not block. The end to read from becomes readable when every owner of the other end, in
/// whichever process, has closed it. See pipe(7).
public struct Pipe: ~Copyable, Sendable {
  /// The end to read from.
  public let reader: Descriptor
  /// The end to write to.
  public let writer: Descriptor

  /// Makes a pipe. EMFILE if the process has no two free descriptors.
  public init() throws(Errno) {
    var numbers: [Int32] = [-1, -1]
    _ = try SystemCall.retrying { clinux_pipe(&numbers) }
    reader = Descriptor(owning: numbers[0])
    writer = Descriptor(owning: numbers[1])
  }

  /// Closes our end to write to, and transfers ownership of the other one.
  public consuming func closeWriter() -> Descriptor { reader }
}
