import Glibc
import Sockets
import SystemPackage
import TestSupport
import Testing

@Suite("A sender of Unix datagrams")
struct UnixDatagramSenderTests {
  @Test("never waits: it says when there is no room, and sends again when there is")
  func room() async throws {
    let path = try TemporaryDirectory()
    let name = path.file("receiver")
    let receiver = try PlainSocket(hearingAtUnixPath: name)
    let sender = try UnixDatagramSender(to: name)
    var count: UInt8 = 0
    while case .done(let byteCount) = try sender.send([count]) {
      #expect(byteCount == 1)
      count += 1
    }
    for expected in 0..<count { #expect(try await receiver.receive() == [expected]) }
    guard case .done = try sender.send([7]) else {
      Issue.record("nothing was sent")
      return
    }
    #expect(try await receiver.receive() == [7])
  }

  @Test("reaches the socket that has the name now, and fails if there is none")
  func owner() async throws {
    let directory = try TemporaryDirectory()
    let name = directory.file("receiver")
    let sender = try UnixDatagramSender(to: name)
    #expect(throws: Errno.noSuchFileOrDirectory) { _ = try sender.send([1]) }
    do {
      let first = try PlainSocket(hearingAtUnixPath: name)
      _ = try sender.send([2])
      #expect(try await first.receive() == [2])
    }
    // A program that another test is starting can have a copy of the first one for a moment.
    let isRefused = await eventually {
      do throws(Errno) {
        _ = try sender.send([3])
        return false
      } catch {
        return error == .connectionRefused
      }
    }
    #expect(isRefused)
    unlink(name)
    let second = try PlainSocket(hearingAtUnixPath: name)
    _ = try sender.send([4])
    #expect(try await second.receive() == [4])
  }

  @Test("accepts abstract names, but no relative paths")
  func names() async throws {
    let name = "echod-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    let receiver = try PlainSocket(hearingAtUnixPath: "\0\(name)")
    _ = try UnixDatagramSender(to: "@\(name)").send([1, 2])
    #expect(try await receiver.receive() == [1, 2])
    for wrong in ["", "@", "socket", "vsock:2:1"] {
      #expect(throws: Errno.addressFamilyNotSupported) { _ = try UnixDatagramSender(to: wrong) }
    }
  }

  @Test("passes descriptors with a datagram", arguments: [1, 2, 3, DescriptorList.capacity])
  func descriptors(count: Int) async throws {
    let directory = try TemporaryDirectory()
    let name = directory.file("receiver")
    let receiver = try PlainSocket(hearingAtUnixPath: name)
    let sender = try UnixDatagramSender(to: name)
    let first = try WakeUp()
    let second = try DatagramSocket(boundTo: .at("127.0.0.1"))
    var list = DescriptorList()
    for index in 0..<count {
      if index % 2 == 0 { list.append(second.descriptor) } else { list.append(first.descriptor) }
    }
    guard case .done(3) = try sender.send([1, 2, 3], passing: list) else {
      Issue.record("nothing was sent")
      return
    }
    _ = try sender.send([4])
    let message = try await receiver.receiveWithDescriptors()
    #expect(message.bytes == [1, 2, 3] && message.numbers.count == count)
    let isInOrder = message.inodes.enumerated().allSatisfy { index, inode in
      (inode == second.descriptor.socketNumber) == (index % 2 == 0)
    }
    #expect(isInOrder)
    let plain = try await receiver.receiveWithDescriptors()
    #expect(plain.bytes == [4] && plain.numbers.isEmpty)
  }

  @Test("passes nothing when there is no room, and all of it later")
  func roomForDescriptors() async throws {
    let directory = try TemporaryDirectory()
    let name = directory.file("receiver")
    let receiver = try PlainSocket(hearingAtUnixPath: name)
    let sender = try UnixDatagramSender(to: name)
    let wakeUp = try WakeUp()
    var list = DescriptorList()
    for _ in 0..<10 { list.append(wakeUp.descriptor) }
    var count = 0
    while case .done = try sender.send([1], passing: list) { count += 1 }
    for _ in 0..<count { #expect(try await receiver.receiveWithDescriptors().numbers.count == 10) }
    #expect(!receiver.hasInput())
    _ = try sender.send([1], passing: list)
    #expect(try await receiver.receiveWithDescriptors().numbers.count == 10)
  }
}
