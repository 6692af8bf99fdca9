import Addresses
import Sockets
import SystemPackage

/// One exchange before a load that makes a connection for each message: does the server close after its reply?
enum ClosingProbe {
  /// How long the exchange may take.
  static let patienceMilliseconds: Int64 = 5000
  /// How long a server is watched after its reply for whether it closes.
  static let observationMilliseconds: Int64 = 250
  private static let bufferBytes = 64 * 1024

  /// Connects to a server, sends it a message, and returns whether it closes soon after its reply. What is wrong with
  /// the reply the load will show.
  static func closes(_ endpoint: Endpoint, after message: UnsafeRawBufferPointer) throws(Errno) -> Bool {
    let socket = try Connector.connect(to: endpoint)
    do throws(Errno) {
      return try exchange(message, on: socket)
    } catch {
      return false
    }
  }

  private static func exchange(
    _ message: UnsafeRawBufferPointer, on socket: borrowing StreamSocket
  ) throws(Errno) -> Bool {
    var unsent = message
    var unheard = message.count
    var deadline = Host.monotonicMilliseconds() + patienceMilliseconds
    var buffer = [UInt8](repeating: 0, count: bufferBytes)
    while true {
      if !unsent.isEmpty, case .done(let count) = try socket.send(unsent) {
        unsent = UnsafeRawBufferPointer(rebasing: unsent[count...])
      }
      switch try socket.receive(into: &buffer) {
      case .end: return unheard == 0
      case .bytes(let count):
        unheard -= count
        // A server that sends more than it was sent need not ever stop.
        guard unheard >= 0 else { return false }
        if unheard == 0 { deadline = Host.monotonicMilliseconds() + observationMilliseconds }
      case .wouldBlock:
        let interest: ReadinessSet.Interest = unsent.isEmpty ? .readable : [.readable, .writable]
        let rest = deadline - Host.monotonicMilliseconds()
        guard rest > 0, try socket.wait(for: interest, milliseconds: Int32(rest)) else {
          // It stays open, so it is ours to close, without TIME_WAIT.
          socket.resetOnClose()
          return false
        }
      }
    }
  }
}
