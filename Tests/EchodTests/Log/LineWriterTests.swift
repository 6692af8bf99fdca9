import Glibc
import Testing

@testable import echod

@Suite("A writer of lines")
struct LineWriterTests {
  /// A pipe that nobody reads but the test. See pipe(7).
  private struct Pipe: ~Copyable {
    let reading: Int32
    let writing: Int32

    init() throws {
      var ends: [Int32] = [0, 0]
      try #require(pipe(&ends) == 0)
      // The test has to fail instead of waiting for what never comes.
      try #require(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
      (reading, writing) = (ends[0], ends[1])
    }

    deinit {
      close(reading)
      close(writing)
    }

    /// Leaves no room for another byte.
    func fill() throws {
      try #require(fcntl(writing, F_SETFL, O_NONBLOCK) == 0)
      while write(writing, [0], 1) == 1 {}
      try #require(fcntl(writing, F_SETFL, 0) == 0)
    }

    /// What is in it.
    func content() -> String {
      var (content, buffer): ([UInt8], [UInt8]) = ([], Array(repeating: 0, count: 1 << 20))
      while case let count = read(reading, &buffer, buffer.count), count > 0 { content += buffer[..<count] }
      return String(decoding: content.filter { $0 != 0 }, as: UTF8.self)
    }
  }

  private func line(_ text: String) -> LogLine { LogLine(text, at: .info, toJournalStream: true) }

  private func loss(_ count: Int) -> LogLine { line("\(count) lost") }

  @Test("writes line by line")
  func lines() throws {
    let pipe = try Pipe()
    let writer = LineWriter(to: pipe.writing)
    for text in ["one", "two"] { writer.write(line(text), loss: loss) }
    #expect(pipe.content() == "<6>one\n<6>two\n")
  }

  @Test(
    "goes on without the lines for which there is no room, and says how many they were when there is again")
  func noRoom() throws {
    let pipe = try Pipe()
    let writer = LineWriter(to: pipe.writing, patienceMilliseconds: 0)
    try pipe.fill()
    for text in ["one", "two", "three"] { writer.write(line(text), loss: loss) }
    #expect(pipe.content().isEmpty)
    for text in ["four", "five"] { writer.write(line(text), loss: loss) }
    #expect(pipe.content() == "<6>3 lost\n<6>four\n<6>five\n")
  }
}
