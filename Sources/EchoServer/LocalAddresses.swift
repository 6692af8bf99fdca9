import Addresses
import Sockets

/// Which addresses are this machine's: asked of the kernel when needed, and at most once a second.
struct LocalAddresses {
  /// How long an answer is believed, in milliseconds.
  static let lifetimeMilliseconds: Int64 = 1000

  private var addresses: Set<IPAddress> = []
  private var readAt: Int64?

  /// Whether an address is this machine's.
  mutating func contains(_ address: IPAddress, at now: Int64) -> Bool {
    if address.isLoopback { return true }
    if readAt.map({ now - $0 >= Self.lifetimeMilliseconds }) ?? true {
      addresses = Host.interfaceAddresses() ?? addresses
      readAt = now
    }
    return addresses.contains(address)
  }
}
