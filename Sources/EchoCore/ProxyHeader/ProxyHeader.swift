public import Addresses

/// A PROXY header: what a proxy says about a connection or a datagram that it forwards. See the PROXY protocol's
/// specification, versions 1 and 2.
public struct ProxyHeader: Hashable, Sendable {
  /// What a header is for.
  public enum Command: String, Sendable {
    /// The proxy speaks for itself, for example to check our health.
    case local = "LOCAL"
    /// The proxy forwards what a client sends.
    case proxy = "PROXY"
  }

  /// Where a value is in the header.
  public struct Field: Hashable, Sendable {
    /// The value's first byte, from the beginning of the header.
    public var offset: UInt32
    /// The value's length.
    public var byteCount: UInt16
  }

  /// 1 or 2.
  public var version: Int
  /// What it is for.
  public var command: Command
  /// Who the client is; `nil` if the header does not say, so that it is the peer: LOCAL, UNKNOWN, no address, a Unix
  /// socket.
  public var source: Endpoint?
  /// The endpoint that the client addressed; `nil` as for ``source``.
  public var destination: Endpoint?
  /// The host name that the client asked for (PP2_TYPE_AUTHORITY).
  public var authority: Field?
  /// The protocol that the client speaks (PP2_TYPE_ALPN).
  public var alpn: Field?
  /// The proxy's name for the connection (PP2_TYPE_UNIQUE_ID).
  public var uniqueID: Field?
  /// The header's length.
  public var byteCount: Int

  /// The longest header, in bytes.
  public static let byteLimit = 16 + 65_535

  /// The versions that a listener accepts.
  public enum Versions: Sendable {
    /// Over TCP: 1 and 2.
    case any
    /// Over UDP: 2.
    case second
  }

  /// What a sequence of bytes begins with.
  public enum Reading: Hashable, Sendable {
    /// The beginning of a header; more bytes are needed.
    case incomplete
    /// No header.
    case invalid
    /// A header, which may be followed by a message.
    case header(ProxyHeader)
  }

  /// Reads the header that bytes begin with. It allocates nothing.
  ///
  /// A header that is cut anywhere is ``Reading/incomplete``; a datagram, which is always whole, then has none. A wrong
  /// byte in version 1, or in the first 16 bytes of version 2, is ``Reading/invalid`` at once, whatever would follow.
  public static func read(_ bytes: UnsafeRawBufferPointer, _ versions: Versions) -> Reading {
    guard let first = bytes.first else { return .incomplete }
    do throws(Failure) {
      if first == binarySignature.utf8Start[0] { return .header(try binary(bytes)) }
      if versions == .any { return .header(try text(bytes)) }
      return .invalid
    } catch {
      return error == .incomplete ? .incomplete : .invalid
    }
  }

  /// Why bytes do not begin with a header.
  enum Failure: Error {
    case incomplete
    case invalid
  }
}
