import Glibc
import Sockets
import TestSupport

/// A NOTIFY_SOCKET in the place of systemd's. See sd_notify(3).
struct NotifySocket {
  /// What makes a program notify it.
  let environment: [String: String]
  private let socket: PlainSocket

  /// Makes a socket for as long as the body runs.
  static func with<Result>(
    isAbstract: Bool = false, _ body: (NotifySocket) async throws -> Result
  ) async throws -> Result {
    let name = "/tmp/echod-notify-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    let socket = try PlainSocket(hearingAtUnixPath: isAbstract ? "\0\(name)" : name)
    defer { unlink(name) }
    let environment = ["NOTIFY_SOCKET": isAbstract ? "@\(name)" : name]
    return try await body(NotifySocket(environment: environment, socket: socket))
  }

  /// Waits for the next message and returns its lines. Not one for the descriptor store, which ``StoringManager`` reads.
  func message() async throws -> [String] {
    while true {
      let lines = String(decoding: try await socket.receive(), as: UTF8.self).split(separator: "\n")
      if lines.first?.hasPrefix("FDSTORE") != true { return lines.map(String.init) }
    }
  }

  /// Fills the socket, so that there is no room for another message.
  func fill() throws {
    let sender = try UnixDatagramSender(to: environment["NOTIFY_SOCKET"] ?? "")
    while case .done = try sender.send(Array("X_FILLER=1".utf8)) {}
  }

  /// Whether a message waits.
  var hasMessage: Bool { socket.hasInput() }
}
