import ArgumentParser
import EchoCore
import Glibc
import SystemPackage

/// The standard streams.
struct Console {
  /// Whether lines are typed. See isatty(3).
  private let isInteractive = isatty(STDIN_FILENO) == 1
  /// Whether replies are printed as they are. Otherwise they are printed as ``TerminalText``.
  private let isRaw: Bool

  /// - Parameter raw: whether a terminal gets replies as they are. Files and pipes always do.
  init(raw: Bool = false) { isRaw = raw || isatty(STDOUT_FILENO) != 1 }

  /// Prompts for a line as the course's clients do, and reads it; `nil` at the end.
  func nextLine(from lines: inout LineReader) throws(ExitCode) -> LineReader.Line? {
    if isInteractive { try write("Input lowercase sentence:") }
    let line = try read(from: &lines)
    // Ctrl-D leaves the cursor after the prompt.
    if line == nil, isInteractive { try write("\n") }
    return line
  }

  private func read(from lines: inout LineReader) throws(ExitCode) -> LineReader.Line? {
    do throws(Errno) {
      return try lines.next()
    } catch {
      complain("cannot read standard input: \(error)")
      throw ExitStatus.noInput
    }
  }

  /// Prints a reply as a line, at once.
  func show(_ reply: [UInt8], from transport: Transport) throws(ExitCode) {
    let label = isInteractive && transport == .tcp ? "From Server: " : ""
    try write(label.utf8 + (isRaw ? reply : TerminalText.escaped(reply)) + "\n".utf8)
  }

  /// Prints a server's object as a line, at once.
  func show(_ object: [UInt8]) throws(ExitCode) {
    try write((isRaw ? object : TerminalText.escaped(object)) + "\n".utf8)
  }

  /// Prints text, at once.
  func write(_ text: String) throws(ExitCode) { try write(text.utf8) }

  private func write(_ bytes: some Sequence<UInt8>) throws(ExitCode) {
    do {
      _ = try FileDescriptor.standardOutput.writeAll(bytes)
    } catch {
      // This happens if SIGPIPE is ignored. It is no error that a reader has gone.
      if error as? Errno != .brokenPipe { complain("\(Self.unwritten): \(error)") }
      throw ExitStatus.outputFailed
    }
  }

  /// Prints an error on standard error, with the number of the line that it is about unless lines are typed.
  func complain(_ text: String, line: Int? = nil) {
    let place = isInteractive ? nil : line
    let sentence = Self.complaint("\(place.map { "line \($0): " } ?? "")\(text)")
    note(sentence)
  }

  /// Prints text on standard error.
  func note(_ text: String) { _ = try? FileDescriptor.standardError.writeAll(text.utf8) }

  /// The error message if ``write(_:)`` fails.
  static let unwritten = "cannot write to standard output"

  /// An error as standard error has it.
  static func complaint(_ text: String) -> String { "echoc: \(text)\n" }

  /// Runs a body; an error of its own is printed and ends the program with a status.
  func exitingOnError<Result>(
    with status: ExitCode, _ body: () throws(LinkError) -> Result
  ) throws(ExitCode) -> Result {
    do throws(LinkError) {
      return try body()
    } catch {
      complain("\(error)")
      throw status
    }
  }
}
