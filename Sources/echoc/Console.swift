import ArgumentParser
import EchoCore
import Glibc
import SystemPackage

/// The person, or the program, that talks through echoc.
struct Console {
  /// Whether somebody types the lines. See isatty(3).
  let isInteractive = isatty(STDIN_FILENO) == 1

  /// Asks for a line, as the course's clients do.
  func prompt() throws(ExitCode) {
    if isInteractive { try write("Input lowercase sentence:".utf8) }
  }

  /// Ends the line of a prompt that was answered by Ctrl-D.
  func endPrompt() throws(ExitCode) {
    if isInteractive { try write("\n".utf8) }
  }

  /// Prints a reply as a line, at once.
  func show(_ reply: [UInt8], from transport: Transport) throws(ExitCode) {
    let label = isInteractive && transport == .tcp ? "From Server: " : ""
    try write(label.utf8 + reply + "\n".utf8)
  }

  /// Says on standard error what is wrong; lines that were not typed are named by their number.
  func complain(_ text: String, line: Int? = nil) {
    let place = isInteractive ? nil : line
    let sentence = "echoc: \(place.map { "line \($0): " } ?? "")\(text)\n"
    _ = try? FileDescriptor.standardError.writeAll(sentence.utf8)
  }

  /// Prints text, at once.
  func write(_ text: String) throws(ExitCode) { try write(text.utf8) }

  private func write(_ bytes: some Sequence<UInt8>) throws(ExitCode) {
    do {
      _ = try FileDescriptor.standardOutput.writeAll(bytes)
    } catch {
      // Nobody reads on: nothing is to be said where SIGPIPE was ignored either.
      if error as? Errno != .brokenPipe { complain("cannot write to standard output: \(error)") }
      throw .failure
    }
  }
}
