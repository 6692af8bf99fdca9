import ArgumentParser

/// Sends messages and takes their replies. Its socket is in the ping's readiness set.
protocol Pinger: AnyObject {
  /// The token of its socket.
  static var token: UInt64 { get }
  /// Whom it talks to.
  var remote: Remote { get }
  /// Whether a message may be sent.
  var isFree: Bool { get }
  /// Whether nothing more is to be expected for what was sent.
  var isDone: Bool { get }

  /// Sends the next message.
  func send() throws(ExitCode)
  /// Goes on when the socket is ready.
  func serve() throws(ExitCode)
  /// Gives up what was begun before a time.
  func giveUp(begunBefore time: Int64)
}

extension Pinger {
  static var token: UInt64 { 1 }
}
