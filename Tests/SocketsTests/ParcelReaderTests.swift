import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Sockets

@Suite("A reader of parcels")
struct ParcelReaderTests {
  /// Both ends of a pair of Unix sockets.
  private static func pair(_ type: __socket_type) throws -> (Int32, Int32) {
    var numbers: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0, &numbers) == 0)
    return (numbers[0], numbers[1])
  }

  @Test("passes on each message's descriptors in order, close-on-exec, and has nothing at the end")
  func order() throws {
    let first = try WakeUp()
    let second = try WakeUp()
    let parcel = try DescriptorParcel()
    var list = DescriptorList()
    list.append(first.descriptor)
    list.append(second.descriptor)
    try parcel.send(list)
    var other = DescriptorList()
    other.append(second.descriptor)
    try parcel.send(other)
    var reader = try ParcelReader(owning: dup(parcel.receivers.numbers[0]))
    var numbers: [UInt64] = []
    var flags: [Int32] = []
    let isFirst = try reader.receive { descriptor in
      numbers.append(descriptor.socketNumber)
      flags.append(fcntl(descriptor.number, F_GETFD))
    }
    #expect(isFirst && numbers == [first.descriptor.socketNumber, second.descriptor.socketNumber])
    #expect(flags == [FD_CLOEXEC, FD_CLOEXEC])
    let isSecond = try reader.receive { _ in }
    // The parcel could still be sent more.
    let isThird = try reader.receive { _ in }
    #expect(isSecond && !isThird)
  }

  @Test("leaves in the parcel what it has not taken, for another process that tries again")
  func rest() throws {
    let wakeUp = try WakeUp()
    let parcel = try DescriptorParcel()
    var list = DescriptorList()
    list.append(wakeUp.descriptor)
    for _ in 0..<3 { try parcel.send(list) }
    let numbers = (0..<2).map { _ in dup(parcel.receivers.numbers[0]) }
    do {
      var reader = try ParcelReader(owning: numbers[0])
      let isTaken = try reader.receive { _ in }
      #expect(isTaken)
    }
    var reader = try ParcelReader(owning: numbers[1])
    var count = 0
    while try reader.receive({ _ in count += 1 }) {}
    #expect(count == 2)
  }

  @Test("says so if the process has no room for all, passes on the others, and takes the next message")
  func noDescriptors() async {
    await #expect(processExitsWith: .success) {
      let wakeUp = try WakeUp()
      let parcel = try DescriptorParcel()
      var list = DescriptorList()
      for _ in 0..<20 { list.append(wakeUp.descriptor) }
      for _ in 0..<2 { try parcel.send(list) }
      var reader = try ParcelReader(owning: dup(parcel.receivers.numbers[0]))
      let lowestFree = dup(0)
      close(lowestFree)
      try setDescriptorLimit(lowestFree + 10)
      var kept: [Owner] = []
      #expect(throws: Errno.tooManyOpenFiles) { _ = try reader.receive { kept.append(Owner($0)) } }
      #expect(!kept.isEmpty && kept.count < 20)
      kept = []
      try setDescriptorLimit(lowestFree + 100)
      var count = 0
      while try reader.receive({ _ in count += 1 }) {}
      #expect(count == 20)
    }
  }

  @Test("treats bytes that are not a parcel as messages without descriptors")
  func bytes() throws {
    let (sender, receiver) = try Self.pair(SOCK_SEQPACKET)
    let sending = Descriptor(owning: sender)
    for message in [noise(1), noise(1000)] { _ = try sending.send(message, passing: DescriptorList()) }
    var reader = try ParcelReader(owning: receiver)
    var count = 0
    for _ in 0..<2 {
      let isTaken = try reader.receive { _ in count += 1 }
      #expect(isTaken)
    }
    let isTaken = try reader.receive { _ in count += 1 }
    #expect(!isTaken && count == 0)
  }

  @Test("refuses and closes what is not such a socket")
  func others() throws {
    let (stream, other) = try Self.pair(SOCK_STREAM)
    _ = Descriptor(owning: other)
    #expect(throws: Errno.protocolWrongTypeForSocket) { _ = try ParcelReader(owning: stream) }
    let udp = try PlainSocket(.udp)
    #expect(throws: Errno.protocolWrongTypeForSocket) { _ = try ParcelReader(owning: dup(udp.number)) }
    let (reader, writer) = try makePipe()
    let reading = Descriptor(owning: reader)
    #expect(throws: Errno.protocolWrongTypeForSocket) { _ = try ParcelReader(owning: writer) }
    #expect(try reading.wait(for: .readable, milliseconds: patience))
  }
}

/// Keeps a descriptor open.
private final class Owner {
  private let descriptor: Descriptor

  init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
}
