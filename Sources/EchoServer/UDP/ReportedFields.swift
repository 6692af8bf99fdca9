import EchoCore
import Sockets

/// What the kernel is to report with each datagram. The queue's intake prepares the socket with it.
final class ReportedFields {
  private let needsDelivery: Bool
  private(set) var fields: PacketReport.Fields = []

  init(needsDelivery: Bool, _ configuration: ListenerConfiguration) {
    self.needsDelivery = needsDelivery
    _ = change(to: configuration)
  }

  /// Returns whether the socket has to be prepared again.
  func change(to configuration: ListenerConfiguration) -> Bool {
    let old = fields
    fields = needsDelivery ? [.hopLimit, .trafficClass] : []
    if configuration.reflectTrafficClass { fields.insert(.trafficClass) }
    return fields != old
  }
}
