import Addresses
import EchoCore

/// The beginning of a listener's connections, where their first bytes name the client.
protocol Preface: Sendable {
  /// The maximum length, in bytes. A connection keeps at most as many until the preface is complete.
  var byteLimit: Int { get }
  /// How long a connection may take to send it, in milliseconds.
  var deadlineMilliseconds: Int64 { get }
  /// The reason to close a connection whose preface is missing, wrong or late.
  var dropReason: DropReason { get }

  /// Whether a peer may use the listener at all.
  func permits(_ peer: Endpoint?) -> Bool

  /// Parses what a peer has sent so far. The first message follows the preface.
  ///
  /// It is called for each piece, with all bytes since the first, so ``PrefaceReading/incomplete`` must not cost more
  /// the more bytes there are: a peer may send them one by one.
  func read(_ bytes: UnsafeRawBufferPointer, from peer: Endpoint?) -> PrefaceReading
}

/// The result of ``Preface/read(_:from:)``.
enum PrefaceReading {
  /// More bytes are needed.
  case incomplete
  /// The client, the endpoint that it connected to (`nil` if the preface does not name it), the preface's length, and
  /// the header that it was.
  case client(Endpoint?, local: Endpoint?, byteCount: Int, header: ProxyHeader? = nil)
  /// The bytes are not a preface of this kind.
  case wrong
}
