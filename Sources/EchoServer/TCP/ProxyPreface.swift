import Addresses
import EchoCore

/// The PROXY header that begins each connection of a listener with `proxyProtocol`, in version 1 or 2.
///
/// Only the listed proxies may use the listener. A header that names no client (LOCAL, UNKNOWN, a Unix socket) means the
/// peer itself.
struct ProxyPreface: Preface {
  /// How long a proxy may take to send the whole header.
  static let deadlineMilliseconds: Int64 = 3000

  let deadlineMilliseconds: Int64
  private let proxies: AccessList

  /// `nil` for a listener without proxies.
  init?(for policy: ListenerPolicy, deadlineMilliseconds: Int64 = Self.deadlineMilliseconds) {
    guard let proxies = policy.proxies else { return nil }
    (self.proxies, self.deadlineMilliseconds) = (proxies, deadlineMilliseconds)
  }

  var byteLimit: Int { ProxyHeader.byteLimit }
  var dropReason: DropReason { .badProxyHeader }

  /// A peer without an address cannot be listed.
  func permits(_ peer: Endpoint?) -> Bool { peer.map { proxies.permits($0.address) } ?? false }

  func read(_ bytes: UnsafeRawBufferPointer, from peer: Endpoint?) -> PrefaceReading {
    switch ProxyHeader.read(bytes, .any) {
    case .incomplete: .incomplete
    case .invalid: .wrong
    case .header(let header):
      .client(
        header.source ?? peer, local: header.destination, byteCount: header.byteCount, header: header)
    }
  }
}
