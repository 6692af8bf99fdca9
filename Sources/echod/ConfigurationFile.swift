import ArgumentParser
import EchoCore
import Glibc
import SystemPackage

/// The configuration as a file.
struct ConfigurationFile {
  let path: String

  /// Reads and checks the file.
  ///
  /// - Parameters:
  ///   - waiting: whether the file may be a pipe or a terminal, which have to be waited for. Otherwise it must be a
  ///     regular file.
  func read(waiting: Bool = true) throws(CommandFailure) -> Configuration {
    let bytes = try contents(waiting: waiting)
    do throws(ConfigurationProblems) {
      return try Configuration.read(bytes)
    } catch {
      throw CommandFailure(lines: error.lines(file: path), status: .wrongConfiguration)
    }
  }

  private func contents(waiting: Bool) throws(CommandFailure) -> [UInt8] {
    do throws(Errno) {
      let file = try open(waiting: waiting)
      defer { try? file.close() }
      if waiting || Self.isRegular(file) { return try file.contents(upTo: Limits.fileBytes) }
    } catch {
      throw CommandFailure(lines: ["\(path): \(error)"], status: .noInput)
    }
    throw CommandFailure(lines: ["\(path): not a regular file"], status: .noInput)
  }

  /// Opening a pipe waits for its writer unless the descriptor is non-blocking. See fifo(7).
  private func open(waiting: Bool) throws(Errno) -> FileDescriptor {
    let options: FileDescriptor.OpenOptions = waiting ? [.closeOnExec] : [.closeOnExec, .nonBlocking]
    do {
      return try FileDescriptor.open(path, .readOnly, options: options, retryOnInterrupt: true)
    } catch {
      throw error as? Errno ?? .ioError
    }
  }

  private static func isRegular(_ file: FileDescriptor) -> Bool {
    var status = stat()
    return fstat(file.rawValue, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}

extension FileDescriptor {
  /// Reads to the end, or until it has more bytes than the limit, which the caller refuses.
  func contents(upTo limit: Int) throws(Errno) -> [UInt8] {
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while contents.count <= limit {
      let count: Int
      do {
        count = try buffer.withUnsafeMutableBytes { try read(into: $0) }
      } catch {
        // swift-system declares `any Error`, but throws nothing but Errno.
        throw error as? Errno ?? .ioError
      }
      if count == 0 { break }
      contents += buffer[..<count]
    }
    return contents
  }
}
