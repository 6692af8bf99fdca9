import Glibc
import TestSupport

extension PlainSocket {
  /// Receives everything up to the end of the connection, which may be a reset. That it does not end is an error.
  func receiveToAnyEnd() async throws -> [UInt8] {
    var bytes: [UInt8] = []
    do {
      while true {
        let next = try await receive()
        if next.isEmpty { return bytes }
        bytes += next
      }
    } catch let failure as PlainSocket.Failure where failure.code == ECONNRESET {
      return bytes
    }
  }
}
