import Addresses
import Sockets
import Testing

@testable import echoc

@Suite("A search for the largest datagram")
struct MTUSearchTests {
  /// A path: the largest datagram that comes back, and what else is known about it.
  struct Path: Sendable, CustomTestStringConvertible {
    var mtu: Int
    var interface = 65_536
    /// The path MTU that the kernel believes at first.
    var known: Int?
    var isIPv4 = true
    /// What a router reports; `nil` for none.
    var reported: Int?
    /// Up to how many sizes are tried, and how many of them vanish.
    var most: Int
    var mostLost = 0

    var testDescription: String { "\(mtu), known \(known ?? 0), reported \(reported ?? 0), IPv4: \(isIPv4)" }

    var largest: Int { min(mtu, interface) - (isIPv4 ? 28 : 48) }
  }

  private static let router = ZonedAddress(IPAddress(v4: 0x0A00_0001))

  private static let paths = [
    // The interface's MTU is the path's: the smallest size, the hint, and one byte more.
    Path(mtu: 1500, interface: 1500, known: 1500, most: 3),
    Path(mtu: 1500, interface: 1500, known: 1500, isIPv4: false, most: 3),
    // A report says it: the smallest size, the hint, what was reported, and one byte more.
    Path(mtu: 1400, interface: 1500, known: 1500, reported: 1400, most: 4),
    Path(mtu: 1280, interface: 1500, known: 1500, isIPv4: false, reported: 1280, most: 4),
    // Black holes: of common links, and of none.
    Path(mtu: 1400, interface: 1500, known: 1500, most: 10, mostLost: 6),
    Path(mtu: 1400, interface: 1500, known: 1500, isIPv4: false, most: 10, mostLost: 6),
    Path(mtu: 1399, interface: 1500, known: 1500, most: 14, mostLost: 8),
    Path(mtu: 69, interface: 1500, known: 1500, most: 20, mostLost: 14),
    // The kernel remembers a path that was narrower.
    Path(mtu: 1500, interface: 1500, known: 1000, most: 12),
    Path(mtu: 9000, interface: 9000, known: 1500, most: 16),
    // A report that is not true.
    Path(mtu: 1500, interface: 1500, known: 1500, reported: 600, most: 16),
    Path(mtu: 1400, interface: 1500, known: 1500, reported: 600, most: 18, mostLost: 9),
    Path(mtu: 1400, interface: 1500, known: 1500, reported: 9000, most: 12, mostLost: 6),
    Path(mtu: 1400, interface: 1500, known: 1500, reported: 5, most: 12, mostLost: 6),
    // A report without an MTU.
    Path(mtu: 1400, interface: 1500, known: 1500, reported: 0, most: 10),
    // The kernel does not say.
    Path(mtu: 1500, interface: 1500, most: 16), Path(mtu: 65_536, most: 18),
  ]

  @Test("finds it in few trials, whatever the kernel and routers say", arguments: paths)
  func finds(path: Path) {
    var search = MTUSearch(from: 8, isIPv4: path.isIPv4, knownPathMTU: path.known)
    var (trials, lost) = (0, 0)
    while let size = search.next, trials < 100 {
      trials += 1
      let packet = size + search.headerBytes
      if packet > path.interface {
        search.noteTooLarge(size, .interface)
        continue
      }
      var isTooLarge = false
      if let mtu = path.reported, packet > (mtu == 0 ? path.mtu : min(mtu, path.mtu)) {
        let report = ICMPReport(sender: Self.router, type: 3, code: 4, mtu: mtu == 0 ? nil : mtu)
        isTooLarge = search.noteTooLarge(size, .report(report))
      }
      // The reply comes, whatever a report says.
      if packet <= path.mtu {
        search.noteReply(size)
      } else if !isTooLarge {
        search.noteTooLarge(size, .silence)
        lost += 1
      }
    }
    #expect(search.largest == min(path.largest, search.sizes.upperBound))
    #expect(trials <= path.most && lost <= path.mostLost, "\(trials) trials, \(lost) lost")
  }

  @Test("ends at the longest datagram of the protocol", arguments: [(true, 65_507), (false, 65_527)])
  func limit(isIPv4: Bool, largest: Int) {
    var search = MTUSearch(from: 8, isIPv4: isIPv4, knownPathMTU: 70_000)
    search.noteReply(8)
    #expect(search.next == largest)
    search.noteReply(largest)
    #expect(search.next == nil && search.obstacle == .protocolLimit)
  }

  @Test("goes on after a late reply to a size that was given up")
  func late() {
    var search = MTUSearch(from: 8, isIPv4: true, knownPathMTU: 1500)
    search.noteReply(8)
    search.noteTooLarge(1473, .interface)
    search.noteTooLarge(1472, .silence)
    search.noteReply(1472)
    #expect(search.largest == 1472 && search.next == nil && search.obstacle == .interface)
  }

  @Test("begins with the smallest size, which has to come back")
  func smallest() {
    let search = MTUSearch(from: 8, isIPv4: true, knownPathMTU: 1500)
    #expect(search.next == 8 && search.largest == nil)
  }
}
