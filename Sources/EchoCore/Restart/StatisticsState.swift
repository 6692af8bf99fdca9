// Figures are written with their names, so that a version with more or fewer figures can read them too.

extension Statistics {
  /// Three lengths.
  static let leastBytes = 3 * 4
  /// How many figures there can be of a kind.
  private static let figures = 1024
  /// How long a name can be, in bytes.
  private static let nameBytes = 128

  /// Writes what is not 0. Counts of what is current are left out: the process that takes it back counts it again.
  func write(to writer: inout StateWriter) {
    Self.write(Self.totals.map { ($0.row.metric, self[$0]) }, to: &writer)
    Self.write(DropReason.allCases.map { ($0.name, self[$0]) }, to: &writer)
    Self.write(ImpairmentKind.allCases.map { ($0.name, self[$0]) }, to: &writer)
  }

  /// Reads the figures that this version knows. Those that were not written are 0.
  init(reading reader: inout StateReader) throws(StateError) {
    self.init()
    let (totals, reasons, kinds) = (
      try Self.counts(from: &reader), try Self.counts(from: &reader), try Self.counts(from: &reader)
    )
    for statistic in Self.totals { self[statistic] = totals[statistic.row.metric] ?? 0 }
    for reason in DropReason.allCases { self[reason] = reasons[reason.name] ?? 0 }
    for kind in ImpairmentKind.allCases { self[kind] = kinds[kind.name] ?? 0 }
  }

  private static var totals: [Statistic] { Statistic.allCases.filter { !$0.row.isGauge } }

  private static func write(_ counts: [(name: String, count: UInt64)], to writer: inout StateWriter) {
    writer.write(counts.filter { $0.count != 0 }) { writer, figure in
      writer.write(figure.name)
      writer.write(figure.count)
    }
  }

  private static func counts(from reader: inout StateReader) throws(StateError) -> [String: UInt64] {
    var counts: [String: UInt64] = [:]
    try reader.each(atMost: figures, ofBytes: 4 + 8) { reader throws(StateError) in
      counts[try reader.text(atMost: nameBytes)] = try reader.number()
    }
    return counts
  }
}
