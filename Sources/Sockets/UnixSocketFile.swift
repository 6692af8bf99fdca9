import Glibc

/// The file of a Unix socket that this process has bound. Another process may remove it and bind the path. See unix(7).
struct UnixSocketFile: Sendable {
  private let path: String
  private let identity: Identity

  private struct Identity: Equatable, Sendable {
    let device: dev_t
    let inode: ino_t
  }

  /// The socket file at a path; `nil` if there is none.
  init?(at path: String) {
    guard let identity = Self.identity(at: path) else { return nil }
    self.path = path
    self.identity = identity
  }

  /// Whether the path still leads to it.
  var isInPlace: Bool { Self.identity(at: path) == identity }

  /// Removes the file, unless the path leads to another one by now. Call it before the socket is closed: until then the
  /// number of the inode is not used again.
  func remove() {
    if isInPlace { unlink(path) }
  }

  private static func identity(at path: String) -> Identity? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
    return Identity(device: status.st_dev, inode: status.st_ino)
  }
}
