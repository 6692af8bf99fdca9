import Glibc
import SystemPackage

extension TwoHosts.Host {
  /// Makes a socket there: it stays in the network that its thread was in. See setns(2).
  func socket<Socket>(_ make: () throws -> Socket) throws -> Socket {
    let own = try FileDescriptor.open("/proc/thread-self/ns/net", .readOnly, options: .closeOnExec)
    defer { try? own.close() }
    let there = try FileDescriptor.open("/run/netns/\(name)", .readOnly, options: .closeOnExec)
    defer { try? there.close() }
    try Self.enter(there)
    defer {
      // Other tests use the thread too.
      do { try Self.enter(own) } catch { fatalError("setns: \(error)") }
    }
    return try make()
  }

  private static func enter(_ network: FileDescriptor) throws {
    guard try setns(network.rawValue, Int32(CLONE_NEWNET)) == 0 else { throw Errno(rawValue: errno) }
  }

  /// Of <sched.h>; the Glibc module hides it, and the function.
  private static let CLONE_NEWNET = 0x4000_0000

  private static func setns(_ network: Int32, _ kind: Int32) throws -> Int32 {
    typealias Function = @convention(c) (Int32, Int32) -> Int32
    guard let address = dlsym(nil, "setns") else { throw Errno.noFunction }
    return unsafeBitCast(address, to: Function.self)(network, kind)
  }
}
