import ArgumentParser
import SystemPackage

/// An echod that runs, as the system shows it. See proc(5).
enum RunningEchod {
  /// The longest command line that is read, in bytes.
  private static let commandLineLimit = 64 * 1024

  /// The configuration that a process reads, as its command line names it. A relative path is one of the process's
  /// working directory. It is refused where the process is not an echod that runs.
  static func configurationPath(of process: Int32) throws(ConfigurationFile.Refusal) -> String {
    let words: [String]
    do throws(Errno) {
      words = try commandLine(of: process)
    } catch {
      throw refusal(process, "\(error)")
    }
    guard words.first?.split(separator: "/").last == "echod",
      let run = try? Echod.parseAsRoot(Array(words.dropFirst())) as? Run
    else { throw refusal(process, "not an echod that runs") }
    let path = run.file.config
    return path.hasPrefix("/") ? path : "/proc/\(process)/cwd/\(path)"
  }

  private static func commandLine(of process: Int32) throws(Errno) -> [String] {
    do {
      let file = try FileDescriptor.open("/proc/\(process)/cmdline", .readOnly, options: .closeOnExec)
      return try file.closeAfter {
        let bytes = try [UInt8](unsafeUninitializedCapacity: commandLineLimit) { buffer, count in
          count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        return bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
          .map { String(decoding: $0, as: UTF8.self) }
      }
    } catch {
      throw error as? Errno ?? .ioError
    }
  }

  private static func refusal(_ process: Int32, _ reason: String) -> ConfigurationFile.Refusal {
    ConfigurationFile.Refusal(lines: ["process \(process): \(reason)"], status: ExitStatus.noInput)
  }
}
