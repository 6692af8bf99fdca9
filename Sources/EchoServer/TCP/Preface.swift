import Addresses
import EchoCore

/// The beginning of a listener's connections, where their first bytes name the client.
protocol Preface: Sendable {
  /// The maximum length, in bytes.
  var byteLimit: Int { get }
  /// How long a connection may take to send it, in milliseconds.
  var deadlineMilliseconds: Int64 { get }
  /// The reason to close a connection whose preface is missing, wrong or late.
  var dropReason: DropReason { get }

  /// Whether a peer may use the listener at all.
  func permits(_ peer: Endpoint?) -> Bool

  /// Parses what a peer has sent so far. The first message follows the preface.
  func read(_ bytes: [UInt8], from peer: Endpoint?) -> PrefaceReading
}

/// The result of ``Preface/read(_:from:)``.
enum PrefaceReading {
  /// More bytes are needed.
  case incomplete
  /// The client, the endpoint that it connected to, each `nil` if the preface does not name it, and the preface's length.
  case client(Endpoint?, local: Endpoint?, byteCount: Int)
  /// The bytes are not a preface of this kind.
  case wrong
}
