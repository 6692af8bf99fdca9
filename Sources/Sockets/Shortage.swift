public import SystemPackage

extension Errno {
  /// Whether the machine is short of memory at the moment: nothing happened, and the call can be made again later.
  /// It says nothing of the peer. See send(2), ENOBUFS and ENOMEM.
  public var isShortage: Bool { self == .noBufferSpace || self == .noMemory }
}
