import Glibc
import SystemPackage

/// Meaningless messages, which leave no room for others in a manager's socket. See unix(7), max_dgram_qlen.
enum NotifyFiller {
  /// What each of them says.
  static let lines = ["X_FILLER=1"]

  /// Sends until no more fit. A sender has a limit of its own, so further ones follow.
  static func fill(_ path: String) throws {
    while try Self.send(to: path) > 0 {}
  }

  /// Sends from a new socket, and returns how many messages fitted.
  private static func send(to path: String) throws -> Int {
    let sender = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard sender >= 0 else { throw Errno(rawValue: errno) }
    defer { close(sender) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let text = Array(lines[0].utf8)
    var count = 0
    while true {
      let sent = withUnsafePointer(to: address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          sendto(
            sender, text, text.count, Int32(MSG_DONTWAIT), $0,
            socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      if sent < 0 { return count }
      count += 1
    }
  }
}
