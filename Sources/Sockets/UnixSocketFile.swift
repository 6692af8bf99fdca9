import Glibc

/// The file that a Unix socket of this process is bound to. Others may remove it and bind the path anew. See unix(7).
struct UnixSocketFile: Sendable {
  private let path: String
  private let identity: Identity

  private struct Identity: Equatable, Sendable {
    let device: dev_t
    let inode: ino_t
  }

  /// The socket at a path; `nil` if there is none.
  init?(at path: String) {
    guard let identity = Self.identity(at: path) else { return nil }
    self.path = path
    self.identity = identity
  }

  /// Removes the file, unless the path leads to another one by now. The inode's number is not used again as long as the
  /// socket is open, so call this before it is closed.
  func remove() {
    if Self.identity(at: path) == identity { unlink(path) }
  }

  private static func identity(at path: String) -> Identity? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
    return Identity(device: status.st_dev, inode: status.st_ino)
  }
}
