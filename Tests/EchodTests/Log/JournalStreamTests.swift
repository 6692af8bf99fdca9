import Glibc
import Testing

@testable import echod

@Suite("The journal's stream")
struct JournalStreamTests {
  /// A file and its name as systemd gives it.
  private func withFile(_ body: (_ descriptor: Int32, _ device: UInt64, _ inode: UInt64) throws -> Void)
    throws
  {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    var file = stat()
    try #require(fstat(ends[1], &file) == 0)
    try body(ends[1], UInt64(file.st_dev), UInt64(file.st_ino))
  }

  @Test("is the file of that device and inode")
  func same() throws {
    try withFile { descriptor, device, inode in
      #expect(JournalStream.isStream(descriptor, named: "\(device):\(inode)"))
    }
  }

  @Test("is no other file")
  func other() throws {
    try withFile { descriptor, device, inode in
      for name in ["\(device):\(inode + 1)", "\(device + 1):\(inode)", "\(inode):\(device)"] {
        #expect(!JournalStream.isStream(descriptor, named: name))
      }
    }
  }

  @Test("is nothing that a variable claims without naming the file")
  func garbage() throws {
    try withFile { descriptor, device, inode in
      for name in [
        nil, "", ":", "garbage", "\(device)", "\(device):", ":\(inode)", "\(device):\(inode):0",
        " \(device):\(inode)", "\(device):\(inode)\n", "-1:-1", "99999999999999999999:1",
      ] {
        #expect(!JournalStream.isStream(descriptor, named: name))
      }
    }
    #expect(!JournalStream.isStream(-1, named: "0:0"))
  }
}
