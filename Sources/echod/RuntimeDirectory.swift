import Glibc
import SystemPackage

/// The service's directory under /run. The echod that runs notes there which configuration it reads: the check before a
/// reload is a process of its own, which may not see the other's command line. See systemd.exec(5), RuntimeDirectory=.
struct RuntimeDirectory {
  private let link: String

  /// The directory that systemd made for this service; `nil` outside of one.
  init?() {
    guard let list = getenv("RUNTIME_DIRECTORY"),
      let first = String(cString: list).split(separator: ":").first
    else { return nil }
    link = "\(first)/configuration"
  }

  /// Makes the note: a symbolic link to the configuration.
  func note(configuration path: String) throws(Errno) {
    unlink(link)
    guard symlink(path, link) == 0 else { throw Errno(rawValue: errno) }
  }

  /// The path that was noted.
  func configuration() throws(ConfigurationFile.Refusal) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(link, &buffer, buffer.count)
    guard count >= 0 else {
      throw ConfigurationFile.Refusal(
        lines: ["\(link): \(Errno(rawValue: errno)); echod has not started in this service"],
        status: ExitStatus.noInput)
    }
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
