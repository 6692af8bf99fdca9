import EchoCore

/// A PROXY header and its bytes, which a connection keeps for a service that shows them.
final class KeptHeader {
  private let header: ProxyHeader
  private let bytes: UnsafeMutableRawBufferPointer

  /// Copies the bytes.
  init(_ header: ProxyHeader, _ bytes: UnsafeRawBufferPointer) {
    self.header = header
    self.bytes = .allocate(byteCount: bytes.count, alignment: 1)
    self.bytes.copyMemory(from: bytes)
  }

  deinit { bytes.deallocate() }

  /// The header as it is passed to a service. The bytes are valid while this object exists.
  var facts: (header: ProxyHeader, bytes: UnsafeRawBufferPointer) { (header, UnsafeRawBufferPointer(bytes)) }
}
