public import Addresses

/// The networks that may use a listener: its `allow`.
///
/// They are kept as sorted ranges that do not overlap, so a lookup is a binary search: 10 steps for 1,000 networks.
public struct AccessList: Sendable {
  private let v4: Ranges<UInt32>
  private let v6: Ranges<UInt128>

  /// Makes a list of networks, in any order. They may overlap.
  public init(_ prefixes: [Prefix]) {
    let ranges = prefixes.map(\.range)
    v4 = Ranges(
      ranges.compactMap { range in
        guard let first = range.lowerBound.v4Bits, let last = range.upperBound.v4Bits else { return nil }
        return first...last
      })
    v6 = Ranges(
      ranges.filter { !$0.lowerBound.isIPv4 || !$0.upperBound.isIPv4 }
        .map { $0.lowerBound.bits...$0.upperBound.bits })
  }

  /// Whether an address is in one of the networks. A v4-mapped address counts as IPv4, and `::/0` covers IPv6 only:
  /// see ``Prefix/contains(_:)-(IPAddress)``.
  public func permits(_ address: IPAddress) -> Bool {
    if let bits = address.v4Bits { v4.contain(bits) } else { v6.contain(address.bits) }
  }
}

extension AccessList {
  /// Ranges of addresses of one family.
  private struct Ranges<Bits: FixedWidthInteger & Sendable>: Sendable {
    private let ranges: [ClosedRange<Bits>]

    init(_ unordered: [ClosedRange<Bits>]) {
      var merged: [ClosedRange<Bits>] = []
      for range in unordered.sorted(by: { $0.lowerBound < $1.lowerBound }) {
        if let last = merged.last, range.lowerBound <= last.upperBound {
          merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
        } else {
          merged.append(range)
        }
      }
      ranges = merged
    }

    func contain(_ bits: Bits) -> Bool {
      // Only the first range that ends at or after the address can contain it.
      var (low, high) = (0, ranges.count)
      while low < high {
        let middle = (low + high) / 2
        if ranges[middle].upperBound < bits { low = middle + 1 } else { high = middle }
      }
      return low < ranges.count && ranges[low].lowerBound <= bits
    }
  }
}
