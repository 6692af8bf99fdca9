import ArgumentParser
import EchoCore
import Glibc
import SystemPackage

/// The configuration as a file.
struct ConfigurationFile {
  let path: String

  /// Why there is no configuration: lines for people, and the exit status.
  struct Refusal: Error {
    let lines: [String]
    let status: ExitCode

    /// Does what may be refused; if it is, says why on standard error and ends the program.
    static func orExit<Result>(_ body: () throws(Refusal) -> Result) throws -> Result {
      do throws(Refusal) {
        return try body()
      } catch {
        complain(error.lines)
        throw error.status
      }
    }
  }

  /// Reads and checks the file.
  ///
  /// - Parameters:
  ///   - waiting: whether it may be a pipe or a terminal, from which bytes come when somebody writes them. Otherwise
  ///     only a regular file is read.
  func read(waiting: Bool = true) throws(Refusal) -> Configuration {
    let bytes = try contents(waiting: waiting)
    do throws(ConfigurationProblems) {
      return try Configuration.read(bytes)
    } catch {
      throw Refusal(lines: error.lines(file: path), status: ExitStatus.wrongConfiguration)
    }
  }

  private func contents(waiting: Bool) throws(Refusal) -> [UInt8] {
    do throws(Errno) {
      let file = try Self.opened(path, waiting: waiting)
      defer { try? file.close() }
      if waiting || Self.isRegular(file) { return try file.contents(upTo: Limits.fileBytes) }
    } catch {
      throw Refusal(lines: ["\(path): \(error)"], status: ExitStatus.noInput)
    }
    throw Refusal(lines: ["\(path): not a regular file"], status: ExitStatus.noInput)
  }

  private static func isRegular(_ file: FileDescriptor) -> Bool {
    var status = stat()
    return fstat(file.rawValue, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// A pipe without a writer keeps whoever opens it waiting, unless he does not want to. See fifo(7).
  private static func opened(_ path: String, waiting: Bool) throws(Errno) -> FileDescriptor {
    let options: FileDescriptor.OpenOptions = waiting ? [.closeOnExec] : [.closeOnExec, .nonBlocking]
    do {
      return try FileDescriptor.open(path, .readOnly, options: options, retryOnInterrupt: true)
    } catch {
      throw error as? Errno ?? .ioError
    }
  }
}
