import Addresses
import EchoCore
import SystemPackage

/// The other end, as messages name it.
struct Remote: Hashable, CustomStringConvertible {
  var transport: Transport
  var endpoint: Endpoint

  /// `udp 127.0.0.1:12000`.
  var description: String { "\(transport.rawValue) \(endpoint)" }
}

/// An address that could not be connected to.
struct Refusal: Error, Hashable {
  var remote: Remote
  var error: Errno
}

extension [Refusal] {
  /// What was tried, in the order of the attempts, and why it failed.
  var sentence: String {
    "cannot connect to " + map { "\($0.remote): \($0.error)" }.joined(separator: ", nor to ")
  }
}
