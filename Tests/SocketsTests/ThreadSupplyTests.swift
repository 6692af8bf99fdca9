import Glibc
import Sockets
import SystemPackage
import Testing

@Suite("The supply of threads")
struct ThreadSupplyTests {
  @Test("counts the current threads")
  func current() async {
    await #expect(processExitsWith: .success) {
      let before = ThreadSupply.current()
      var thread = pthread_t()
      try #require(pthread_create(&thread, nil, { _ in pause() == 0 ? nil : nil }, nil) == 0)
      #expect(before >= 1 && ThreadSupply.current() > before)
    }
  }

  @Test("is enough for none and for many without a limit, and leaves no thread behind")
  func enough() async {
    await #expect(processExitsWith: .success) {
      #expect(ThreadSupply.shortage(of: 0) == nil)
      #expect(ThreadSupply.shortage(of: 300) == nil)
      #expect(ThreadSupply.current() < 200)
    }
  }

  @Test("is short at a limit on processes, and says how many threads there can be")
  func limit() async {
    await #expect(processExitsWith: .success) {
      // Root has no limit. Another user has one, and this user has no other process.
      guard getuid() != 0 || setuid(54_322) == 0 else { return }
      var limit = rlimit(
        rlim_cur: rlim_t(ThreadSupply.current() + 2), rlim_max: rlim_t(ThreadSupply.current() + 2))
      try #require(setrlimit(__rlimit_resource_t(6 /* RLIMIT_NPROC */), &limit) == 0)
      guard case .threads(let possible, let error) = ThreadSupply.shortage(of: 1000) else {
        Issue.record("a thousand threads")
        return
      }
      #expect(error == .resourceTemporarilyUnavailable && possible < 1000)
    }
  }

  @Test("has to leave room for memory")
  func memory() async {
    await #expect(processExitsWith: .success) {
      #expect(ThreadSupply.shortage(of: 1, withRoomFor: 1 << 20) == nil)
      #expect(ThreadSupply.shortage(of: 1, withRoomFor: 1 << 60) == .memory(.noMemory))
    }
  }
}
