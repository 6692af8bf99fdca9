import Addresses
import Dispatch
import Sockets

/// The other end of a connection, without a program of its own.
enum Peer {
  private static let patienceMilliseconds: Int32 = 10_000

  /// Connects, sends, and receives until the server closes; on a thread of its own.
  static func exchange(_ message: [UInt8], with endpoint: Endpoint) async throws -> [UInt8] {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue(label: "peer").async {
        continuation.resume(with: Result { try blockingExchange(message, with: endpoint) })
      }
    }
  }

  private static func blockingExchange(_ message: [UInt8], with endpoint: Endpoint) throws -> [UInt8] {
    let socket = try StreamSocket(connectingTo: endpoint)
    _ = try socket.wait(for: .writable, milliseconds: patienceMilliseconds)
    if let error = try socket.pendingError() { throw error }
    // A request is far smaller than an empty send buffer, which takes it whole.
    _ = try message.withUnsafeBytes { bytes in try socket.send(bytes) }
    var (response, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 64 * 1024))
    while true {
      guard try socket.wait(for: .readable, milliseconds: patienceMilliseconds) else { return response }
      switch try buffer.withUnsafeMutableBytes({ bytes in try socket.receive(into: bytes) }) {
      case .bytes(let count): response += buffer[..<count]
      case .end: return response
      case .wouldBlock: continue
      }
    }
  }
}
