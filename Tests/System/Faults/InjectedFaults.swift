import Glibc
import Synchronization
import SystemPackage
import Testing

/// Faults of the kernel, which a library (Tests/Faults) injects between the built echod and libc. A test switches them on
/// and off while echod runs, and learns how often they struck.
///
/// Unchecked because of the memory that it shares with echod, of which only atomics are touched.
final class InjectedFaults: @unchecked Sendable {
  /// What echod calls, in the order of `enum faults_call`.
  enum Call: Int, CaseIterable, Sendable, CustomTestStringConvertible {
    case recv, send, accept4, recvmmsg, sendmmsg
    case epollAdd, epollModify, epollRemove, epollWait, epollCreate1
    case eventfd, timerfdCreate, timerfdSettime
    case socket, bind, listen, connect, setsockopt, getsockopt, getsockname, shutdown, poll, siocoutq
    case mmap, munmap, adjtimex
    case recvmsg, sendmsg, socketpair, pipe2, getpeername, memfdCreate, addSeals, getSeals, pread, pwrite

    /// What echod calls only for its service manager.
    static let ofServiceManager: Set<Call> = [
      .recvmsg, .sendmsg, .socketpair, .pipe2, .getpeername, .memfdCreate, .addSeals, .getSeals, .pread,
      .pwrite,
    ]

    /// Its name, as the library writes it into its rule.
    var testDescription: String {
      switch self {
      case .epollAdd: "epoll_ctl, add"
      case .epollModify: "epoll_ctl, modify"
      case .epollRemove: "epoll_ctl, remove"
      case .epollWait: "epoll_wait"
      case .epollCreate1: "epoll_create1"
      case .timerfdCreate: "timerfd_create"
      case .timerfdSettime: "timerfd_settime"
      case .siocoutq: "ioctl, SIOCOUTQ"
      case .memfdCreate: "memfd_create"
      case .addSeals: "fcntl, F_ADD_SEALS"
      case .getSeals: "fcntl, F_GET_SEALS"
      default: "\(self)"
      }
    }
  }

  /// What happens to a call.
  enum Fault: Sendable {
    /// It fails without doing anything.
    case error(Errno)
    /// It handles at most that many bytes or messages; the rest is left to the next call.
    case atMost(UInt64)
  }

  /// Which calls are struck, counted from now.
  enum Pace: Sendable {
    /// This one only.
    case once(UInt64)
    /// The first one, and then one of every N calls: 1 is every call.
    case every(UInt64)
  }

  /// The words of a `struct faults_rule` after its name.
  private enum Word: Int {
    case seen, injected, first, every, error, most
  }

  private static let nameBytes = 24
  private static let ruleBytes = nameBytes + 6 * MemoryLayout<Atomic<UInt64>>.stride
  private static let byteCount = Call.allCases.count * ruleBytes

  /// What makes a program load the library and find the rules.
  let environment: [String: String]
  private let memory: UnsafeMutableRawPointer

  private init(file: String) throws {
    environment = ["LD_PRELOAD": BuiltProgram.faults, "ECHOD_TEST_FAULTS": file]
    guard truncate(file, Self.byteCount) == 0 else { throw Errno(rawValue: errno) }
    let descriptor = try FileDescriptor.open(file, .readWrite, options: .closeOnExec)
    defer { try? descriptor.close() }
    let memory = mmap(nil, Self.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.rawValue, 0)
    guard let memory, memory != MAP_FAILED else { throw Errno(rawValue: errno) }
    self.memory = memory
  }

  deinit { munmap(memory, Self.byteCount) }

  /// Makes rules that strike nothing yet, for as long as the body runs, which may run one program with them.
  static func with<Result>(_ body: (InjectedFaults) async throws -> Result) async throws -> Result {
    try await Places.faultyDaemons.with {
      try await TemporaryFile.with("") { path in try await body(InjectedFaults(file: path)) }
    }
  }

  /// Strikes a call from now on, instead of what struck it before; its counts start again.
  func inject(_ fault: Fault, at call: Call, _ pace: Pace) {
    end(call)
    for word in [Word.seen, .injected, .error, .most] { set(word, of: call, to: 0) }
    switch fault {
    case .error(let error): set(.error, of: call, to: UInt64(error.rawValue))
    case .atMost(let amount): set(.most, of: call, to: amount)
    }
    // Last, because the rule has to be complete when the first call is struck.
    switch pace {
    case .once(let number):
      set(.every, of: call, to: 0)
      set(.first, of: call, to: number)
    case .every(let number):
      set(.every, of: call, to: number)
      set(.first, of: call, to: 1)
    }
  }

  /// Stops striking a call; its counts stay.
  func end(_ call: Call) { set(.first, of: call, to: 0) }

  /// Stops striking all calls.
  func end() { for call in Call.allCases { end(call) } }

  /// How often echod made a call since a fault was injected there.
  func seen(_ call: Call) -> UInt64 { get(.seen, of: call) }

  /// How many of these calls were struck.
  func struck(_ call: Call) -> UInt64 { get(.injected, of: call) }

  /// Whether a program has loaded the library, and both sides agree on the order of the calls.
  var areLoaded: Bool {
    Call.allCases.allSatisfy { call in
      String(cString: rule(of: call).assumingMemoryBound(to: CChar.self)) == call.testDescription
    }
  }

  private func rule(of call: Call) -> UnsafeMutableRawPointer { memory + call.rawValue * Self.ruleBytes }

  private func word(_ word: Word, of call: Call) -> UnsafeMutablePointer<Atomic<UInt64>> {
    let offset = Self.nameBytes + word.rawValue * MemoryLayout<Atomic<UInt64>>.stride
    return (rule(of: call) + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  private func get(_ word: Word, of call: Call) -> UInt64 {
    self.word(word, of: call).pointee.load(ordering: .sequentiallyConsistent)
  }

  private func set(_ word: Word, of call: Call, to value: UInt64) {
    self.word(word, of: call).pointee.store(value, ordering: .sequentiallyConsistent)
  }
}
