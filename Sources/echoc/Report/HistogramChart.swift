import Glibc
import Sockets

/// A histogram of latencies, drawn with characters. It has a row for each bin, from the minimum to the maximum. The
/// bins are equally wide on a logarithmic scale. A bin without latencies has a row without a bar.
struct HistogramChart {
  /// How many rows there are at most.
  static let rowLimit = 20
  /// The smallest ratio of a bin's ends: latencies are accurate to a tenth of a percent.
  private static let leastRatio = 1.02
  private static let usualColumns = 80
  private static let leastBarColumns = 10

  /// How many latencies are in each bin.
  let counts: [Int]
  /// The ends of the bins in nanoseconds: one more than there are bins.
  let edges: [Int64]

  /// Sorts latencies into bins; without latencies there are no bins.
  init(_ latencies: Latencies) {
    guard latencies.count > 0 else {
      (counts, edges) = ([], [])
      return
    }
    let least = Double(max(1, latencies.minimum))
    let span = log(Double(max(1, latencies.maximum)) / least)
    let rows = Self.rows(for: latencies.count, span: span)
    var counts = [Int](repeating: 0, count: rows)
    latencies.forEach { value, count in
      let place = span > 0 ? log(Double(max(1, value)) / least) / span : 0
      counts[min(rows - 1, max(0, Int(place * Double(rows))))] += count
    }
    self.counts = counts
    edges = (0...rows).map { Int64((least * exp(span * Double($0) / Double(rows))).rounded()) }
  }

  /// Twice the cube root of the number of values (the Rice rule), within the limits.
  private static func rows(for count: Int, span: Double) -> Int {
    let wanted = Int((2 * cbrt(Double(count))).rounded(.up))
    let finest = Int(span / log(leastRatio))
    return max(1, min(wanted, finest, rowLimit))
  }

  /// The rows as lines for a terminal of this many columns.
  func text(columns: Int, _ palette: Palette) -> String {
    let times = edges.map(\.durationText)
    let (timeWidth, countWidth) = (times.map(\.count).max() ?? 0, counts.map { "\($0)".count }.max() ?? 0)
    let most = counts.max() ?? 0
    // Two times, " - ", and two spaces on either side of the count.
    let room = max(Self.leastBarColumns, columns - 2 * timeWidth - countWidth - 7)
    return counts.indices.map { index in
      let range = "\(times[index].aligned(to: timeWidth)) - \(times[index + 1].aligned(to: timeWidth))"
      let bar = palette.paint(Self.bar(counts[index], of: most, columns: room), .cyan)
      return "\(range)  \("\(counts[index])".aligned(to: countWidth))\(bar.isEmpty ? "" : "  \(bar)")\n"
    }.joined()
  }

  /// A bar in eighths of a column; every count but 0 has at least one.
  private static func bar(_ count: Int, of most: Int, columns: Int) -> String {
    guard count > 0 else { return "" }
    let eighths = max(1, Int((Double(8 * columns) * Double(count) / Double(most)).rounded()))
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
  }

  /// The columns of standard output: COLUMNS if it is a number, otherwise those of the terminal, otherwise 80.
  static func columns() -> Int {
    let variable = getenv("COLUMNS").flatMap { Int(String(cString: $0)) }.flatMap { $0 > 0 ? $0 : nil }
    return min(variable ?? Terminal.columns() ?? usualColumns, 1000)
  }
}

extension String {
  /// The text, with spaces before it up to a width.
  fileprivate func aligned(to width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
