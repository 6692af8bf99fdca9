import ArgumentParser
import EchoCore
import SystemPackage

/// The configuration as a file.
struct ConfigurationFile {
  let path: String

  /// Why there is no configuration: lines for people, and the exit status.
  struct Refusal: Error {
    let lines: [String]
    let status: ExitCode
  }

  /// Reads and checks the file.
  func read() throws(Refusal) -> Configuration {
    let bytes: [UInt8]
    do throws(Errno) {
      bytes = try contents()
    } catch {
      throw Refusal(lines: ["\(path): \(error)"], status: ExitStatus.noInput)
    }
    do throws(ConfigurationProblems) {
      return try Configuration.read(bytes)
    } catch {
      throw Refusal(lines: error.lines(file: path), status: ExitStatus.wrongConfiguration)
    }
  }

  /// Reads and checks the file; on a refusal says why on standard error and ends the program.
  func readOrExit() throws -> Configuration {
    do throws(Refusal) {
      return try read()
    } catch {
      complain(error.lines)
      throw error.status
    }
  }

  /// The file's bytes; of a larger file one byte more than the limit, for the reader to refuse.
  private func contents() throws(Errno) -> [UInt8] {
    let descriptor = try Self.opened(path)
    defer { try? descriptor.close() }
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while contents.count <= Limits.fileBytes {
      let count = try Self.received(from: descriptor, into: &buffer)
      if count == 0 { break }
      contents += buffer[..<count]
    }
    return contents
  }

  // swift-system's calls throw `any Error`, which is always an Errno.

  private static func opened(_ path: String) throws(Errno) -> FileDescriptor {
    do {
      return try FileDescriptor.open(path, .readOnly, options: .closeOnExec, retryOnInterrupt: true)
    } catch {
      throw error as? Errno ?? .ioError
    }
  }

  private static func received(from file: FileDescriptor, into buffer: inout [UInt8]) throws(Errno) -> Int {
    do {
      return try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
    } catch {
      throw error as? Errno ?? .ioError
    }
  }
}
