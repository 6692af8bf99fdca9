import Sockets
import SystemPackage

/// The exchange before a load of ``ChurnLoad``, which finds out whether the server closes after its reply.
enum ClosingProbe {
  /// How long the exchange may take.
  private static let timeoutMilliseconds: Int64 = 5000
  /// How long the server has after its reply to close.
  private static let closeMilliseconds: Int64 = 250

  /// Connects to a server, sends it a message, and returns whether it closes soon after its reply. The load will show
  /// whether the reply is wrong.
  static func closes(_ peer: Peer, after message: [UInt8]) throws(LinkError) -> Bool {
    var attempts = ConnectAttempts([peer])
    let exchange = try attempts.next { peer throws(Errno) in try StreamExchange(connectedTo: peer) }
    exchange.begin(message)
    var deadline = Host.monotonicMilliseconds() + timeoutMilliseconds
    while true {
      switch exchange.advance() {
      case .ended: return false
      case .waiting: break
      case .complete:
        deadline = min(deadline, Host.monotonicMilliseconds() + closeMilliseconds)
        switch exchange.receiveUnrequested() {
        case .end: return true
        case .bytes: return false
        case .wouldBlock: break
        }
      }
      let left = deadline - Host.monotonicMilliseconds()
      guard left > 0, exchange.wait(milliseconds: Int32(left)) else {
        exchange.resetOnClose()
        return false
      }
    }
  }
}
