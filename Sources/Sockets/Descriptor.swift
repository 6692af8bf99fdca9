import Glibc

/// The one owner of a file descriptor: it is closed when its owner ends, and never twice.
public struct Descriptor: ~Copyable, Sendable {
  /// The kernel's number, for calls in this module. It is valid as long as the owner lives.
  let number: Int32

  /// Takes ownership of an open descriptor.
  init(owning number: Int32) {
    precondition(number >= 0)
    self.number = number
  }

  deinit {
    // Not retried on EINTR: Linux has released the number by then, and another thread may own it. See close(2).
    _ = close(number)
  }
}
