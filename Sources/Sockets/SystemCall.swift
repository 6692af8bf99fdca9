import CLinux
import Glibc
import SystemPackage

/// What a call on a socket that never blocks came to.
public enum IOResult<Value> {
  /// It was done.
  case done(Value)
  /// It has to wait until the socket is ready; not an error.
  case wouldBlock
}

extension IOResult: Sendable where Value: Sendable {}

/// The one place where libc's calls are made: a retry when a signal interrupts, errno as a typed error, would-block as
/// a value.
enum SystemCall {
  /// Calls until no signal interrupts; a result of -1 becomes errno. See signal(7).
  static func retrying<Result: SignedInteger>(_ call: () -> Result) throws(Errno) -> Result {
    while true {
      let result = call()
      if result != -1 { return result }
      let error = Errno(rawValue: errno)
      // A closed or foreign number is a defect of ours: going on would work on somebody else's socket.
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

  /// Sets an option whose value is one int. See setsockopt(2).
  static func setOption(
    _ descriptor: borrowing Descriptor, level: Int32, _ name: Int32, to value: Int32
  ) throws(Errno) {
    let number = descriptor.number
    var value = value
    _ = try retrying { setsockopt(number, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) }
  }

  /// Reads an option whose value is one int. See getsockopt(2).
  static func option(_ descriptor: borrowing Descriptor, level: Int32, _ name: Int32) throws(Errno) -> Int32 {
    let number = descriptor.number
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    _ = try retrying { getsockopt(number, level, name, &value, &length) }
    return value
  }
}
