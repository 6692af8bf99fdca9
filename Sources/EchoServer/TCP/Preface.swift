import Addresses
import EchoCore

/// The beginning of a listener's connections, where their first bytes name the client.
protocol Preface: Sendable {
  /// The maximum length, in bytes.
  var byteLimit: Int { get }
  /// How long a connection may take to send it, in milliseconds.
  var deadlineMilliseconds: Int64 { get }
  /// The reason to close a connection with a wrong or late preface.
  var dropReason: DropReason { get }

  /// Parses what a connection has sent so far. The first message follows the preface.
  func read(_ bytes: [UInt8]) -> PrefaceReading
}

/// The result of ``Preface/read(_:)``.
enum PrefaceReading {
  /// More bytes are needed.
  case incomplete
  /// The client, `nil` if it has no address, and the length of the preface.
  case client(Endpoint?, byteCount: Int)
  /// The bytes are not a preface of this kind.
  case wrong
}
