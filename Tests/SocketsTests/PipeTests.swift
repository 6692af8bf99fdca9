import Glibc
import SystemPackage
import Testing

@testable import Sockets

@Suite("A pipe")
struct PipeTests {
  @Test("is at its end when all owners have closed the end to write to")
  func hangUp() throws {
    let pipe = try Pipe()
    var list = DescriptorList()
    list.append(pipe.writer)
    let parcel = try DescriptorParcel()
    try parcel.send(list)
    let reader = pipe.closeWriter()
    #expect(try !reader.wait(for: .readable, milliseconds: 0))
    var parcelReader = try ParcelReader(owning: dup(parcel.receivers.numbers[0]))
    _ = try parcelReader.receive { _ in }
    #expect(try reader.wait(for: .readable, milliseconds: patience))
  }

  @Test("is not made if there are no descriptors")
  func noDescriptors() async {
    await #expect(processExitsWith: .success) {
      try withDescriptorLimit(0) {
        #expect(throws: Errno.tooManyOpenFiles) { _ = try Pipe() }
      }
    }
  }
}
