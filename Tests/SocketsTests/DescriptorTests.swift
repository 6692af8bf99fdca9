import Addresses
import Glibc
import SystemPackage
import Testing

@testable import Sockets

@Suite("A descriptor")
struct DescriptorTests {
  @Test("is closed when its owner ends, and not before")
  func closes() throws {
    // The other end of a pipe tells: it comes to its end when nobody can write any more.
    let (reader, writer) = try makePipe()
    let reading = Descriptor(owning: reader)
    let owner = Descriptor(owning: writer)
    #expect(try !reading.wait(for: .readable, milliseconds: 0))
    end(owner)
    try #require(try reading.wait(for: .readable, milliseconds: patience))
    var byte: UInt8 = 0
    #expect(read(reader, &byte, 1) == 0)
  }

  private func end(_ owner: consuming Descriptor) {}

  @Test("is closed when making its owner fails half-way")
  func closesOnFailure() async {
    // In a process of its own, where no other test opens any.
    await #expect(processExitsWith: .success) {
      let taken = try ListeningSocket(boundTo: .at("127.0.0.1"), backlog: 1)
      let endpoint = try #require(try taken.descriptor.localEndpoint())
      let open = CurrentProcess.openDescriptors()
      let attempts = 100
      for _ in 0..<attempts {
        #expect(throws: Errno.addressInUse) { _ = try ListeningSocket(boundTo: endpoint, backlog: 1) }
        #expect(throws: Errno.addressNotAvailable) { _ = try DatagramSocket(boundTo: .at("203.0.113.77")) }
        #expect(throws: Errno.noSuchFileOrDirectory) {
          _ = try ListeningSocket(unixPath: "/no/such", backlog: 1)
        }
        #expect(throws: Errno.self) { _ = try PassedSocket(owning: dup(0)) }
      }
      // The test's own machinery opens a few.
      #expect(CurrentProcess.openDescriptors() < open + attempts)
    }
  }

  @Test("stops the program when it is used although something else closed it")
  func stale() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let wakeUp = try WakeUp()
      close(wakeUp.descriptor.number)
      _ = try SystemCall.option(wakeUp.descriptor, level: SOL_SOCKET, SO_TYPE)
    }
    let output = try String(decoding: #require(result).standardErrorContent, as: UTF8.self)
    #expect(output.contains("a system call on a descriptor that is not open"))
  }
}
