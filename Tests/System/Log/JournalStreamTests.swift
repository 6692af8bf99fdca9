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

  /// Runs echod with a JOURNAL_STREAM that is told by the shell, which knows what its standard error is.
  private func check(_ path: String, stream: String) async throws -> RunningProgram.Outcome {
    let script = #"JOURNAL_STREAM=\#(stream) exec "$0" check --config "$1""#
    return try await RunningProgram.run("/bin/sh", ["-c", script, BuiltProgram.echod, path])
  }

  @Test("gets a configuration's problems as errors, and nothing else gets them other than plain")
  func complaint() async throws {
    let text = #"{"listeners": [{"transport": "tcp", "port": 70000}, {"transport": "tcp", "port": "7"}]}"#
    try await TemporaryFile.with(text) { path in
      let journal = try await check(path, stream: "$(stat -L -c %d:%i /proc/$$/fd/2)")
      let lines = journal.errors.split(separator: "\n")
      #expect(lines.count == 2 && lines.allSatisfy { $0.hasPrefix("<3>\(path): listeners[") })
      #expect(journal.ending == .exit(78))

      let plain = try await check(path, stream: "$(stat -L -c %d:%i /proc/$$/exe)")
      #expect(plain.errors == journal.errors.replacing("<3>", with: ""))
    }
  }
}
