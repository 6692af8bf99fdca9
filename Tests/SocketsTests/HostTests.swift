import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("The host")
struct HostTests {
  @Test("has a clock that does not go back")
  func clock() {
    var last = Host.monotonicMicroseconds()
    for _ in 0..<10_000 {
      let now = Host.monotonicMicroseconds()
      #expect(now >= last)
      last = now
    }
    let before = last / 1000
    let milliseconds = Host.monotonicMilliseconds()
    #expect(milliseconds >= before && milliseconds <= Host.monotonicMicroseconds() / 1000)
  }

  @Test("knows the time of day")
  func timeOfDay() {
    let before = time(nil)
    let now = Host.secondsSinceEpoch()
    #expect(before <= now && now <= time(nil))
  }

  @Test("has the name that the kernel knows")
  func name() {
    var name = utsname()
    uname(&name)
    let expected = withUnsafeBytes(of: name.nodename) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    #expect(Host.name == expected)
  }

  @Test("counts the descriptors of this process")
  func openDescriptors() async {
    // In a process of its own, where no other test opens any.
    await #expect(processExitsWith: .success) {
      let wakeUps = try (0..<100).map { _ in try WakeUp() }
      // The test's own machinery opens and closes some meanwhile.
      let isCounted = await eventually {
        Host.openDescriptors() == (0..<Int32(4096)).count { fcntl($0, F_GETFD) != -1 }
      }
      #expect(isCounted && Host.openDescriptors() > wakeUps.count)
    }
  }

  @Test("lets this process open as many descriptors as the system permits")
  func descriptorLimit() async {
    await #expect(processExitsWith: .success) {
      var limit = rlimit()
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
      try #require(getrlimit(resource, &limit) == 0)
      limit.rlim_cur = 64
      try #require(setrlimit(resource, &limit) == 0)
      #expect(Host.raiseDescriptorLimit() == Int(clamping: limit.rlim_max))
      try #require(getrlimit(resource, &limit) == 0)
      #expect(limit.rlim_cur == limit.rlim_max)
    }
  }
}
