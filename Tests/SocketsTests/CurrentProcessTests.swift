import Glibc
import Sockets
import TestSupport
import Testing

@Suite("This process")
struct CurrentProcessTests {
  @Test("counts its descriptors")
  func openDescriptors() async {
    // In a process of its own, where no other test opens any.
    await #expect(processExitsWith: .success) {
      let wakeUps = try (0..<100).map { _ in try WakeUp() }
      // The test's own machinery opens and closes some meanwhile.
      let isCounted = await eventually {
        CurrentProcess.openDescriptors() == (0..<Int32(4096)).count { fcntl($0, F_GETFD) != -1 }
      }
      #expect(isCounted && CurrentProcess.openDescriptors() > wakeUps.count)
    }
  }

  @Test("may open as many descriptors as the system permits")
  func descriptorLimit() async {
    await #expect(processExitsWith: .success) {
      var limit = rlimit()
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
      try #require(getrlimit(resource, &limit) == 0)
      limit.rlim_cur = 64
      try #require(setrlimit(resource, &limit) == 0)
      #expect(CurrentProcess.raiseDescriptorLimit() == Int(clamping: limit.rlim_max))
      try #require(getrlimit(resource, &limit) == 0)
      #expect(limit.rlim_cur == limit.rlim_max)
    }
  }
}
