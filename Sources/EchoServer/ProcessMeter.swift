import EchoCore
import Sockets

/// Measures what the process uses.
struct ProcessMeter {
  private var startTime = ProcessUsage.startNanosecondsSinceBoot().map(StartTime.init(sinceBoot:))

  /// What the process uses now.
  mutating func statistics() -> ProcessStatistics {
    var statistics = ProcessStatistics()
    statistics[.processorSeconds] = ProcessUsage.processorNanoseconds().map { Double($0) / 1e9 }
    statistics[.openDescriptors] = ProcessUsage.openDescriptors().map(Double.init)
    statistics[.maxDescriptors] = ProcessUsage.descriptorLimit().map(Double.init)
    statistics[.residentBytes] = ProcessUsage.residentBytes().map(Double.init)
    // The kernel counts in hundredths of a second.
    let startedAt = startTime?.nanosecondsSinceEpoch()
    statistics[.startedAt] = startedAt.map { (Double($0) / 1e7).rounded() / 100 }
    return statistics
  }
}
