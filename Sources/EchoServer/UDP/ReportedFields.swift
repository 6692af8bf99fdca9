import EchoCore
import Sockets

/// What the kernel is to report with each datagram. The queue's intake prepares the socket with it.
final class ReportedFields {
  private let needed: PacketReport.Fields
  private(set) var fields: PacketReport.Fields = []

  init(_ needs: Service.Needs, _ configuration: ListenerConfiguration) {
    needed = PacketReport.Fields(needs)
    _ = change(to: configuration)
  }

  /// Returns whether the socket has to be prepared again.
  func change(to configuration: ListenerConfiguration) -> Bool {
    let old = fields
    fields = needed
    if configuration.reflectTrafficClass { fields.insert(.trafficClass) }
    return fields != old
  }
}

extension PacketReport.Fields {
  /// What a service needs.
  fileprivate init(_ needs: Service.Needs) {
    self = needs.contains(.delivery) ? [.hopLimit, .trafficClass] : []
    if needs.contains(.times) { insert(.arrivalTime) }
  }
}
