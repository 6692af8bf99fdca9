import Addresses
import EchoCore
import SystemPackage

/// One address of a server.
struct Peer: Hashable, CustomStringConvertible {
  var transport: Transport
  var endpoint: Endpoint

  /// `udp 127.0.0.1:12000`.
  var description: String { "\(transport.rawValue) \(endpoint)" }
}

/// The addresses of a server, tried one after the other in the resolver's order: a name such as localhost can have an
/// IPv6 address first where the server has only the IPv4 one.
struct ConnectAttempts {
  /// The address of the last attempt; the first address before any attempt.
  private(set) var peer: Peer
  private var untried: ArraySlice<Peer>
  private var failures: [ConnectFailure] = []

  /// Attempts at these addresses, one at least.
  init(_ peers: [Peer]) {
    peer = peers[0]
    untried = peers[...]
  }

  /// Tries the next addresses until `connect` succeeds. Throws ``LinkError/cannotConnect(_:)`` when none is left.
  mutating func next<Link: ~Copyable>(_ connect: (Peer) throws(Errno) -> Link) throws(LinkError) -> Link {
    while let next = untried.popFirst() {
      peer = next
      do throws(Errno) {
        return try connect(next)
      } catch {
        noteFailure(error)
      }
    }
    throw .cannotConnect(failures)
  }

  /// Notes why the last attempt failed after all.
  mutating func noteFailure(_ error: Errno) {
    failures.append(ConnectFailure(peer: peer, error: error))
  }
}
