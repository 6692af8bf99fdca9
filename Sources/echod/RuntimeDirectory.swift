import Glibc
import SystemPackage

/// The service's directory under /run. The running echod notes there which configuration it reads, because the check
/// before a reload is another process, which may not see its command line. See systemd.exec(5), RuntimeDirectory=.
struct RuntimeDirectory {
  private let link: String

  /// The directory that systemd made for this process; `nil` if it is not a service.
  static var own: RuntimeDirectory? {
    let list = getenv("RUNTIME_DIRECTORY").map { String(cString: $0) } ?? ""
    return list.split(separator: ":").first.map { RuntimeDirectory(path: String($0)) }
  }

  /// The directory of the packaged service.
  static let packaged = RuntimeDirectory(path: "/run/echod")

  private init(path: String) {
    link = "\(path)/configuration"
  }

  /// Makes the note, a symbolic link to the configuration. It replaces another link, and nothing else.
  func note(configuration path: String) throws(Errno) {
    let target = path.hasPrefix("/") ? path : "\(try Self.workingDirectory())/\(path)"
    var before = stat()
    if lstat(link, &before) == 0, before.st_mode & S_IFMT == S_IFLNK { unlink(link) }
    guard symlink(target, link) == 0 else { throw Errno(rawValue: errno) }
  }

  /// The path that was noted.
  func configuration() throws(CommandFailure) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(link, &buffer, buffer.count)
    guard count >= 0 else {
      throw CommandFailure(
        lines: ["\(link): \(Errno(rawValue: errno)); is the service running?"], status: .noInput)
    }
    return Self.text(buffer.prefix(count))
  }

  private static func workingDirectory() throws(Errno) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    guard getcwd(&buffer, buffer.count) != nil else { throw Errno(rawValue: errno) }
    return text(buffer.prefix { $0 != 0 })
  }

  private static func text(_ characters: some Sequence<CChar>) -> String {
    String(decoding: characters.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
