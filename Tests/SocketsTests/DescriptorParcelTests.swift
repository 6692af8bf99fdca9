import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Sockets

@Suite("A parcel of descriptors")
struct DescriptorParcelTests {
  init() {
    // The kernel permits as many descriptors on their way as a process may have open.
    _ = CurrentProcess.raiseDescriptorLimit()
  }

  @Test("holds ten thousand, which come out after the parcel is gone")
  func tenThousand() throws {
    let socket = try DatagramSocket(boundTo: .at("127.0.0.1"))
    let full = list(of: socket.descriptor, count: DescriptorList.capacity)
    var numbers: [Int32] = []
    do {
      let parcel = try DescriptorParcel()
      for _ in 0..<39 { try parcel.send(full) }
      try parcel.send(list(of: socket.descriptor, count: 10_000 - 39 * DescriptorList.capacity))
      #expect(parcel.count == 10_000 && parcel.receivers.count == 1)
      numbers = readers(of: parcel)
    }
    let unpacked = try unpack(numbers, expecting: socket.descriptor.socketNumber)
    #expect(unpacked.count == 10_000 && unpacked.areRight)
  }

  @Test("keeps descriptors open that nobody else has, until it is gone")
  func lifetime() throws {
    let (reading, writing) = try makePipe()
    let reader = Descriptor(owning: reading)
    do {
      let parcel = try DescriptorParcel()
      try send(Descriptor(owning: writing), in: parcel)
      #expect(try !reader.wait(for: .readable, milliseconds: 0))
    }
    #expect(try reader.wait(for: .readable, milliseconds: patience))
  }

  @Test("knows whether another process keeps it", arguments: [true, false])
  func keeping(isKept: Bool) async throws {
    let socket = try DatagramSocket(boundTo: .at("127.0.0.1"))
    let parcel = try DescriptorParcel()
    try parcel.send(list(of: socket.descriptor, count: 1))
    let copies = isKept ? readers(of: parcel) : []
    if isKept { #expect(parcel.isKeptElsewhere()) }
    for number in copies { close(number) }
    // A program that another test starts has copies of its own for a moment.
    let isReleased = await eventually { !parcel.isKeptElsewhere() }
    #expect(isReleased && parcel.receivers.isEmpty)
  }

  @Test("can be emptied, also for a process that keeps it")
  func emptying() throws {
    let socket = try DatagramSocket(boundTo: .at("127.0.0.1"))
    let parcel = try DescriptorParcel()
    for _ in 0..<2 { try parcel.send(list(of: socket.descriptor, count: DescriptorList.capacity)) }
    let copies = readers(of: parcel)
    parcel.empty()
    #expect(try unpack(copies, expecting: socket.descriptor.socketNumber).count == 0)
  }

  private func send(_ descriptor: consuming Descriptor, in parcel: DescriptorParcel) throws {
    try parcel.send(list(of: descriptor, count: 1))
  }

  @Test("takes another socket pair when one is full, and refuses a list as a whole when all are")
  func pairs() throws {
    let wakeUp = try WakeUp()
    let parcel = try DescriptorParcel(limit: 3)
    #expect(parcel.receivers.count == 1)
    let two = list(of: wakeUp.descriptor, count: 2)
    var sent = 0
    let error = #expect(throws: Errno.self) {
      while sent < 100_000 {
        try parcel.send(two)
        sent += 1
      }
    }
    #expect(error == .noBufferSpace)
    #expect(parcel.receivers.count == 3 && parcel.count == 2 * sent)
    #expect(try unpack(readers(of: parcel), expecting: wakeUp.descriptor.socketNumber).count == 2 * sent)
  }

  @Test("counts and refuses nothing when there is nothing to send")
  func empty() throws {
    let parcel = try DescriptorParcel()
    try parcel.send(DescriptorList())
    #expect(parcel.count == 0)
    #expect(try unpack(readers(of: parcel), expecting: 0).count == 0)
  }

  @Test("is packed by several threads at once")
  func threads() async throws {
    let wakeUp = try WakeUp()
    let parcel = try DescriptorParcel()
    let list = list(of: wakeUp.descriptor, count: 10)
    try await withThrowingTaskGroup { group in
      for _ in 0..<4 { group.addTask { for _ in 0..<20 { try parcel.send(list) } } }
      try await group.waitForAll()
    }
    #expect(parcel.count == 800)
    #expect(try unpack(readers(of: parcel), expecting: wakeUp.descriptor.socketNumber).count == 800)
  }

  @Test("fails if the process has no descriptor for a pair, and stays as it was")
  func noDescriptors() async {
    await #expect(processExitsWith: .success) {
      let wakeUp = try WakeUp()
      let parcel = try DescriptorParcel(limit: 2)
      let list = list(of: wakeUp.descriptor, count: 1)
      var sent = 0
      try withDescriptorLimit(0) {
        #expect(throws: Errno.tooManyOpenFiles) { _ = try DescriptorParcel() }
        #expect(throws: Errno.tooManyOpenFiles) {
          while sent < 100_000 {
            try parcel.send(list)
            sent += 1
          }
        }
      }
      #expect(parcel.count == sent && parcel.receivers.count == 1)
    }
  }
}

/// A list with one open file, several times.
private func list(of descriptor: borrowing Descriptor, count: Int) -> DescriptorList {
  var list = DescriptorList()
  for _ in 0..<count { list.append(descriptor) }
  return list
}

/// Readers of a parcel, as another process has them.
private func readers(of parcel: DescriptorParcel) -> [Int32] { parcel.receivers.numbers.map { dup($0) } }

/// Takes everything out of a parcel's sockets. Returns how many descriptors came, and whether all had the number.
private func unpack(_ numbers: [Int32], expecting socketNumber: UInt64) throws -> (count: Int, areRight: Bool)
{
  var (count, areRight) = (0, true)
  for number in numbers {
    var reader = try ParcelReader(owning: number)
    while try reader.receive({ descriptor in
      count += 1
      areRight = areRight && descriptor.socketNumber == socketNumber
    }) {}
  }
  return (count, areRight)
}
