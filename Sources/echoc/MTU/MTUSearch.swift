import Sockets

/// Which size of a datagram to try next, to find the largest one that comes back. Sizes are bytes of payload.
///
/// First it tries what the kernel and routers say, then the sizes of common links, and then it bisects what is left.
/// Nothing is believed without a trial: at the end, the largest size has come back, and the next one has not.
struct MTUSearch: Hashable {
  /// Why a size is too large.
  enum Obstacle: Hashable {
    /// The protocol does not have longer datagrams.
    case protocolLimit
    /// The kernel refused it: it is longer than the interface's MTU.
    case interface
    /// A router reported that it is too long for the next link.
    case report(ICMPReport)
    /// Nothing came back.
    case silence
  }

  /// MTUs of common links and tunnels, ascending. See RFC 1191, section 7.1.
  static let commonMTUs = [
    296, 576, 1006, 1280, 1300, 1340, 1360, 1380, 1390, 1400, 1412, 1420, 1430, 1440, 1450, 1454, 1460, 1472,
    1476, 1480,
    1488, 1492, 1500, 1600, 2000, 4000, 4352, 9000, 9216, 16_384, 32_768, 65_535,
  ]

  /// The sizes that are tried: from one that every path carries to the protocol's limit.
  let sizes: ClosedRange<Int>
  /// The bytes of the headers of IP and UDP.
  let headerBytes: Int
  /// The largest size that came back; `nil` as long as none did.
  private(set) var largest: Int?
  /// The smallest size that is too large, and why.
  private(set) var tooLarge: Int
  private(set) var obstacle = Obstacle.protocolLimit
  /// Whether reports are believed: until a datagram comes back that a report excludes.
  private(set) var trustsReports = true
  /// The smallest size that this machine itself cannot send.
  private var unsendable: (size: Int, obstacle: Obstacle) {
    interfaceLimit.map { ($0, .interface) } ?? (sizes.upperBound + 1, .protocolLimit)
  }
  private var interfaceLimit: Int?
  /// A size that is likely to be the largest.
  private var hint: Int?
  private var lowestReportedSize: Int?

  /// A search between a size and the longest datagram of IPv4 or IPv6. After the smallest size, the kernel's path MTU
  /// is tried first.
  init(from smallest: Int, isIPv4: Bool, knownPathMTU: Int?) {
    headerBytes = Self.headerBytes(isIPv4: isIPv4)
    // The longest datagram over IPv4 has 65,535 bytes with its headers; over IPv6 its own header is not among them.
    sizes = smallest...(isIPv4 ? 65_507 : 65_527)
    tooLarge = sizes.upperBound + 1
    hint = knownPathMTU.map { min($0 - headerBytes, sizes.upperBound) }
  }

  /// The bytes of the headers of UDP and of IP without options.
  static func headerBytes(isIPv4: Bool) -> Int { isIPv4 ? 28 : 48 }

  /// The next size to try; `nil` when the largest size is known.
  var next: Int? {
    guard let largest else { return sizes.lowerBound }
    guard largest + 1 < tooLarge else { return nil }
    if let hint, hint > largest, hint < tooLarge { return hint }
    let common = Self.commonMTUs.map { $0 - headerBytes }
    // A reply costs a round trip; no reply ends the search.
    if largest == hint || common.contains(largest) { return largest + 1 }
    let candidates = common.filter { $0 > largest && $0 < tooLarge }
    return candidates.isEmpty ? largest + (tooLarge - largest) / 2 : candidates[candidates.count / 2]
  }

  /// Notes that a datagram came back.
  mutating func noteReply(_ size: Int) {
    largest = max(largest ?? 0, size)
    if let lowestReportedSize, size > lowestReportedSize { distrustReports() }
    // A late reply to a size that was given up.
    if size >= tooLarge { (tooLarge, obstacle) = unsendable }
  }

  /// Notes that a size is too large. Returns whether this is believed.
  @discardableResult
  mutating func noteTooLarge(_ size: Int, _ obstacle: Obstacle) -> Bool {
    switch obstacle {
    case .report where !trustsReports: return false
    case .report(let report):
      guard let mtu = report.mtu else { break }
      let reported = mtu - headerBytes
      // A report that contradicts itself.
      if reported >= size || reported < (largest ?? sizes.lowerBound) {
        distrustReports()
        return false
      }
      hint = reported
      lowestReportedSize = min(reported, lowestReportedSize ?? .max)
    case .interface: interfaceLimit = min(size, interfaceLimit ?? .max)
    case .silence, .protocolLimit: break
    }
    if size < tooLarge { (tooLarge, self.obstacle) = (size, obstacle) }
    return true
  }

  private mutating func distrustReports() {
    trustsReports = false
    if case .report = obstacle { (tooLarge, obstacle) = unsendable }
  }
}
