import Glibc
import SystemPackage
import Testing

@testable import Sockets

@Suite("A system call")
struct SystemCallTests {
  /// A call that comes to one result after another: below 0 is -1 and the errno.
  private final class Script {
    private var results: [Int32]
    private(set) var calls = 0

    init(_ results: [Int32]) { self.results = results }

    func call() -> Int32 {
      calls += 1
      let result = results.removeFirst()
      guard result < 0 else { return result }
      errno = -result
      return -1
    }
  }

  @Test("is made again when a signal interrupts it, and not otherwise", arguments: [0, 1, 3])
  func interruptions(count: Int) throws {
    let script = Script([Int32](repeating: -EINTR, count: count) + [7])
    #expect(try SystemCall.retrying(script.call) == 7)
    #expect(script.calls == count + 1)
  }

  @Test(
    "that fails throws its errno, and is not made again", arguments: [ECONNRESET, EMFILE, ENOBUFS, EPIPE])
  func errors(code: Int32) {
    for prefix in [[], [-EINTR]] {
      let script = Script(prefix + [-code])
      #expect(throws: Errno(rawValue: code)) { try SystemCall.retrying(script.call) }
      #expect(script.calls == prefix.count + 1)
      let nonblocking = Script(prefix + [-code])
      #expect(throws: Errno(rawValue: code)) { try SystemCall.nonblocking(nonblocking.call) }
      #expect(nonblocking.calls == prefix.count + 1)
    }
  }

  @Test("that would block is no error", arguments: [[-EAGAIN], [-EWOULDBLOCK], [-EINTR, -EAGAIN]])
  func wouldBlock(results: [Int32]) throws {
    let script = Script(results)
    guard case .wouldBlock = try SystemCall.nonblocking(script.call) else {
      Issue.record("it did not block")
      return
    }
    #expect(script.calls == results.count)
  }

  @Test("that never blocks hands its result on", arguments: [0, 1, 65_536])
  func results(result: Int32) throws {
    guard case .done(let value) = try SystemCall.nonblocking(Script([-EINTR, result]).call) else {
      Issue.record("it blocked")
      return
    }
    #expect(value == Int(result))
  }

  @Test("that would block is an error where nobody expects it")
  func unexpectedWouldBlock() {
    #expect(throws: Errno.wouldBlock) { try SystemCall.retrying(Script([-EAGAIN]).call) }
  }

  @Test("reads the options of a socket that it set")
  func options() throws {
    let socket = try DatagramSocket(boundTo: .at("127.0.0.1"))
    #expect(try SystemCall.option(socket.descriptor, level: SOL_SOCKET, SO_REUSEADDR) == 0)
    try SystemCall.setOption(socket.descriptor, level: SOL_SOCKET, SO_REUSEADDR, to: 1)
    #expect(try SystemCall.option(socket.descriptor, level: SOL_SOCKET, SO_REUSEADDR) == 1)
    #expect(throws: Errno.self) {
      try SystemCall.setOption(socket.descriptor, level: SOL_SOCKET, 9999, to: 1)
    }
  }
}
