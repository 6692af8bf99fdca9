import Addresses
import EchoCore

/// How the connections of a listener begin, where their first bytes say who the client is.
protocol Preface: Sendable {
  /// The longest beginning, in bytes.
  var byteLimit: Int { get }
  /// How long a connection may take to send it, in milliseconds.
  var deadlineMilliseconds: Int64 { get }
  /// Why a connection is closed whose beginning is wrong or late.
  var dropReason: DropReason { get }

  /// Reads what a connection has sent so far. What follows the beginning is the first message.
  func read(_ bytes: [UInt8]) -> PrefaceReading
}

/// What a connection's first bytes say.
enum PrefaceReading {
  /// More bytes are needed.
  case incomplete
  /// Who the client is, after so many bytes; `nil` for one without an address.
  case client(Endpoint?, byteCount: Int)
  /// They are no beginning of this kind.
  case wrong
}
