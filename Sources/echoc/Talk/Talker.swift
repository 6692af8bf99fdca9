import ArgumentParser
import EchoCore

/// Sends lines and gets their replies.
protocol Talker: AnyObject {
  /// Sends a line and waits for the reply, both without their newlines.
  func reply(to line: [UInt8]) throws(LinkError) -> Reply
}

/// What came back for a line.
struct Reply: Equatable {
  var bytes: [UInt8]
  /// Why this is not the whole reply; `nil` when it is.
  var error: LinkError?
}

extension Talker {
  /// Talks until standard input ends, in lines of at most `lineLimit` bytes; `false` when a reply was missing.
  func answerLines(
    of console: Console, over transport: Transport, lineLimit: Int
  ) throws(ExitCode) -> Bool {
    var lines = LineReader(limit: lineLimit)
    var (number, areAllAnswered) = (0, true)
    while let line = try console.nextLine(from: &lines) {
      number += 1
      let (reply, problem) = exchange(line, lineLimit: lineLimit)
      if let reply { try console.show(reply, from: transport) }
      if let problem {
        areAllAnswered = false
        console.complain(problem, line: number)
      }
    }
    return areAllAnswered
  }

  private func exchange(_ line: LineReader.Line, lineLimit: Int) -> (reply: [UInt8]?, problem: String?) {
    guard case .whole(let bytes) = line else {
      return (nil, "not sent: longer than the \(lineLimit) bytes that a message can have")
    }
    do throws(LinkError) {
      let reply = try reply(to: bytes)
      return (reply.bytes, reply.error?.description)
    } catch {
      return (nil, error.description)
    }
  }
}
