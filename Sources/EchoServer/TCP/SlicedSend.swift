import Sockets
import SystemPackage

extension StreamSocket {
  /// How many slices of a reply are sent before other connections get their turn.
  static var slicesPerTurn: Int { 64 }

  /// Sends as much as the kernel takes. A full send buffer or a shortage of memory is not an error.
  func sendWhatFits(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
    do throws(Errno) {
      guard case .done(let taken) = try send(bytes) else { return 0 }
      return taken
    } catch let error where error.isShortage {
      return 0
    }
  }

  /// As ``sendWhatFits(_:)``, but in sends of the given size, ``slicesPerTurn`` at most. Each is a segment: TCP_NODELAY
  /// is set on listening sockets, and their connections inherit it.
  func sendSlices(of bytes: UnsafeRawBufferPointer, byteCount sliceBytes: Int) throws(Errno) -> Int {
    var sent = 0
    do throws(Errno) {
      for _ in 0..<Self.slicesPerTurn where sent < bytes.count {
        let slice = UnsafeRawBufferPointer(rebasing: bytes[sent...].prefix(sliceBytes))
        let taken = try sendWhatFits(slice)
        sent += taken
        guard taken == slice.count else { break }
      }
    } catch {
      // The next send fails too.
      guard sent > 0 else { throw error }
    }
    return sent
  }
}
