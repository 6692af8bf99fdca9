import Glibc
@testable import Sockets
import TestSupport
import Testing

@Suite("The usage of this process")
struct ProcessUsageTests {
  private static let mebibyte = 1 << 20

  @Test(
    "has a start in nanoseconds, also after decades",
    arguments: [(0, 100, 0), (123, 100, 1_230_000_000), (94_608_000_000, 100, 946_080_000_000_000_000)])
  func ticks(ticks: Int64, rate: Int64, nanoseconds: Int64) {
    #expect(ProcessUsage.nanoseconds(ticks: ticks, perSecond: rate) == nanoseconds)
  }

  @Test("has every value")
  func values() throws {
    #expect(try #require(ProcessUsage.processorNanoseconds()) > 0)
    #expect(try #require(ProcessUsage.openDescriptors()) > 0)
    #expect(try #require(ProcessUsage.residentBytes()) > Self.mebibyte)
    #expect(try #require(ProcessUsage.startNanosecondsSinceBoot()) > 0)
  }

  @Test("includes the processor time of all threads")
  func processorTime() throws {
    let before = try #require(ProcessUsage.processorNanoseconds())
    var own = timespec()
    repeat { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &own) } while own.tv_sec == 0 && own.tv_nsec < 20_000_000
    let after = try #require(ProcessUsage.processorNanoseconds())
    #expect(after > before)
    #expect(after >= Int64(own.tv_sec) * 1_000_000_000 + Int64(own.tv_nsec))
  }

  @Test("began before now")
  func start() throws {
    let start = try #require(ProcessUsage.startNanosecondsSinceBoot())
    #expect(start <= SystemClock.bootNanoseconds())
  }

  @Test("includes memory until it is returned")
  func memory() async {
    await #expect(processExitsWith: .success) {
      let size = 64 * Self.mebibyte
      let before = try #require(ProcessUsage.residentBytes())
      let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      memset(try #require(memory), 1, size)
      // The kernel's count can be off by some pages for each processor and thread.
      let isCounted = await eventually { (ProcessUsage.residentBytes() ?? 0) > before + size * 9 / 10 }
      munmap(memory, size)
      let isReturned = await eventually { (ProcessUsage.residentBytes() ?? size) < before + size / 10 }
      #expect(isCounted && isReturned)
    }
  }

  @Test("counts descriptors, and knows their limit")
  func descriptors() async {
    await #expect(processExitsWith: .success) {
      let wakeUps = try (0..<100).map { _ in try WakeUp() }
      let isCounted = await eventually {
        ProcessUsage.openDescriptors() == (0..<Int32(4096)).count { fcntl($0, F_GETFD) != -1 }
      }
      #expect(isCounted && (ProcessUsage.openDescriptors() ?? 0) > wakeUps.count)
      try setDescriptorLimit(512)
      #expect(ProcessUsage.descriptorLimit() == 512)
    }
  }

  @Test("has no value for what it cannot read")
  func unreadable() async {
    await #expect(processExitsWith: .success) {
      // Without a free descriptor no file of /proc can be opened.
      try withDescriptorLimit(0) {
        #expect(ProcessUsage.residentBytes() == nil)
        #expect(ProcessUsage.startNanosecondsSinceBoot() == nil)
        #expect(ProcessUsage.processorNanoseconds() != nil)
        #expect(ProcessUsage.descriptorLimit() == 0)
      }
    }
  }
}
