import EchoCore

extension ConnectionTable<Connection> {
  /// The busiest clients at a time in milliseconds, at most ``BusiestClients/limit``.
  func busiestClients(at now: Int64) -> [ClientActivity] {
    var busiest = BusiestClients()
    forEach { connection in
      guard let client = connection.client else { return }
      busiest.add(
        ClientActivity(
          client: client, messages: connection.messages, bytes: connection.bytes,
          silentMilliseconds: now - connection.activeAt))
    }
    return busiest.sorted()
  }
}
