import CLinux
import Glibc
public import SystemPackage

/// The result of a call on a non-blocking socket.
public enum IOResult<Value> {
  /// The call succeeded.
  case done(Value)
  /// The socket is not ready; not an error.
  case wouldBlock
}

extension IOResult: Sendable where Value: Sendable {}

extension Errno {
  /// Whether the machine is short of memory: the call had no effect and can be repeated later. The peer is not at
  /// fault. See send(2), ENOBUFS and ENOMEM.
  public var isShortage: Bool { self == .noBufferSpace || self == .noMemory }
}

/// Makes libc's calls: retries after a signal, turns errno into a typed error and would-block into a value.
enum SystemCall {
  /// Retries on EINTR; a result of -1 is thrown as errno. See signal(7).
  static func retrying<Result: SignedInteger>(_ call: () -> Result) throws(Errno) -> Result {
    while true {
      let result = call()
      if result != -1 { return result }
      let error = Errno(rawValue: errno)
      // A closed descriptor is our bug; carrying on could touch another owner's socket.
      precondition(error != .badFileDescriptor, "a system call on a descriptor that is not open")
      if error != .interrupted { throw error }
    }
  }

  /// As ``retrying(_:)``; EAGAIN becomes ``IOResult/wouldBlock``.
  static func nonblocking<Result: SignedInteger>(_ call: () -> Result) throws(Errno) -> IOResult<Int> {
    do throws(Errno) {
      return .done(Int(try retrying(call)))
    } catch {
      if error == .wouldBlock || error == .resourceTemporarilyUnavailable { return .wouldBlock }
      throw error
    }
  }

  /// Sets an int option. See setsockopt(2).
  static func setOption(
    _ descriptor: borrowing Descriptor, level: Int32, _ name: Int32, to value: Int32
  ) throws(Errno) {
    let number = descriptor.number
    var value = value
    _ = try retrying { setsockopt(number, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) }
  }

  /// Reads an int option. See getsockopt(2).
  static func option(_ descriptor: borrowing Descriptor, level: Int32, _ name: Int32) throws(Errno) -> Int32 {
    let number = descriptor.number
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    _ = try retrying { getsockopt(number, level, name, &value, &length) }
    return value
  }
}
