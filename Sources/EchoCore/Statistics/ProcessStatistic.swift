/// What the process uses, under the names of Prometheus's client libraries. To add one, add its case and its row, and
/// measure it.
public enum ProcessStatistic: CaseIterable, Sendable {
  case processorSeconds, openDescriptors, maxDescriptors, residentBytes, startedAt

  /// What a value means, and its name.
  public struct Row: Sendable {
    /// Its name in /metrics.
    public let metric: String
    /// Whether it can decrease.
    public var isGauge = true
    /// Its HELP text: a sentence.
    public let help: String
  }

  /// Its meaning and its name.
  public var row: Row {
    switch self {
    case .processorSeconds:
      Row(
        metric: "process_cpu_seconds_total", isGauge: false,
        help: "Total user and system CPU time spent in seconds.")
    case .openDescriptors: Row(metric: "process_open_fds", help: "Number of open file descriptors.")
    case .maxDescriptors: Row(metric: "process_max_fds", help: "Maximum number of open file descriptors.")
    case .residentBytes: Row(metric: "process_resident_memory_bytes", help: "Resident memory size in bytes.")
    case .startedAt:
      Row(
        metric: "process_start_time_seconds",
        help: "Start time of the process since unix epoch in seconds.")
    }
  }
}

/// What the process uses at one moment.
public struct ProcessStatistics: Hashable, Sendable {
  private var values: [ProcessStatistic: Double] = [:]

  /// Makes statistics without values.
  public init() {}

  /// One of the values; `nil` if it could not be read.
  public subscript(statistic: ProcessStatistic) -> Double? {
    get { values[statistic] }
    set { values[statistic] = newValue }
  }
}
