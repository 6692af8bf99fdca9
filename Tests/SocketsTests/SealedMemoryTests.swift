import CLinux
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Sockets

@Suite("Sealed memory")
struct SealedMemoryTests {
  @Test("holds bytes that every process can read again", arguments: [0, 1, 4096, 1_000_000])
  func contents(size: Int) throws {
    let bytes = noise(size)
    let memory = try SealedMemory(name: "echod-test", holding: bytes)
    for _ in 0..<2 {
      let passed = try SealedMemory(owning: dup(memory.descriptor.number))
      #expect(try passed.contents(atMost: size).isSame(as: bytes))
    }
  }

  @Test("cannot change, and ends with its process")
  func seals() throws {
    let memory = try SealedMemory(name: "echod-test", holding: [1, 2, 3])
    let number = memory.descriptor.number
    #expect(pwrite(number, [7], 1, 0) == -1 && errno == EPERM)
    #expect(ftruncate(number, 1) == -1 && errno == EPERM)
    #expect(ftruncate(number, 10) == -1 && errno == EPERM)
    #expect(fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
    let passed = dup(number)
    #expect(fcntl(passed, F_GETFD) == 0)
    let again = try SealedMemory(owning: passed)
    #expect(fcntl(again.descriptor.number, F_GETFD) & FD_CLOEXEC != 0)
  }

  @Test("is not read if it is longer than the limit")
  func limit() throws {
    let memory = try SealedMemory(name: "echod-test", holding: noise(1001))
    #expect(throws: Errno.fileTooLarge) { _ = try memory.contents(atMost: 1000) }
    #expect(try memory.contents(atMost: 1001).count == 1001)
  }

  @Test("is refused, and closed, if it can still change, or is something else")
  func others() throws {
    let unsealed = clinux_memfd_create("echod-test", 0)
    try #require(clinux_add_seals(unsealed, 0x2 /* F_SEAL_SHRINK */) == 0)
    #expect(throws: Errno.protocolWrongTypeForSocket) { _ = try SealedMemory(owning: unsealed) }
    let file = open("/dev/null", O_RDONLY | O_CLOEXEC)
    #expect(throws: Errno.protocolWrongTypeForSocket) { _ = try SealedMemory(owning: file) }
    let (reader, writer) = try makePipe()
    let reading = Descriptor(owning: reader)
    #expect(throws: Errno.protocolWrongTypeForSocket) { _ = try SealedMemory(owning: writer) }
    #expect(try reading.wait(for: .readable, milliseconds: patience))
  }

  @Test("is not made if there is no descriptor")
  func noDescriptors() async {
    await #expect(processExitsWith: .success) {
      try withDescriptorLimit(0) {
        #expect(throws: Errno.tooManyOpenFiles) { _ = try SealedMemory(name: "echod-test", holding: [1]) }
      }
    }
  }
}
