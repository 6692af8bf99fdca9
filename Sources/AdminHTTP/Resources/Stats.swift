import EchoCore

extension Resource {
  /// The statistics as JSON. The names and the order of the members are a contract.
  static let stats = Resource(
    path: "/stats", summary: "the statistics of every listener, as JSON",
    answer: { _ in
      .ofSnapshot { snapshot in
        Response(
          status: .ok, contentType: "application/json", content: StatsDocument.value(snapshot).text() + "\n")
      }
    })
}

private enum StatsDocument {
  static func value(_ snapshot: Snapshot) -> JSONValue {
    [
      "version": .string(snapshot.version),
      "state": .string(snapshot.state.rawValue),
      "startedAt": .string(Timestamp.text(secondsSince1970: snapshot.startedAt)),
      "uptimeSeconds": .number(milliseconds(snapshot.uptimeSeconds)),
      "totals": .object(
        members(snapshot.totals, of: nil) + [.init("dropped", .count(snapshot.totals.droppedTotal))]),
      "restored": .object(
        RestoredFigure.rows.map { .init($0.name, .integer($0.value(snapshot.restored))) }),
      "listeners": .array(snapshot.listeners.map(value)),
    ]
  }

  private static func value(_ listener: ListenerSnapshot) -> JSONValue {
    let configuration = listener.configuration
    let place: [JSONValue.Member] = [
      .init("name", .string(configuration.name)),
      .init("transport", .string(configuration.transport.rawValue)),
      .init("address", .string("\(listener.zonedAddress)")),
      .init("port", .integer(Int(listener.endpoint.port))),
      .init("service", .string(configuration.service)),
    ]
    return .object(
      place + members(listener.statistics, of: configuration) + [
        .init("dropped", dropped(listener.statistics))
      ]
        + marks(listener))
  }

  /// What is unusual about a listener, as members that are present only when they apply.
  private static func marks(_ listener: ListenerSnapshot) -> [JSONValue.Member] {
    var marks: [JSONValue.Member] = []
    if listener.isOpenToPublic { marks.append(.init("public", .bool(true))) }
    if listener.silentQueues > 0 {
      marks.append(.init("queuesNotAnswering", .integer(listener.silentQueues)))
    }
    if listener.configuration.impair != nil {
      let kinds = ImpairmentKind.allCases.map { JSONValue.Member($0.name, .count(listener.statistics[$0])) }
      marks.append(.init("impaired", .object(kinds)))
    }
    return marks
  }

  /// The statistics of a listener, or those that all listeners have.
  private static func members(
    _ statistics: Statistics, of listener: ListenerConfiguration?
  ) -> [JSONValue.Member] {
    var groups: [JSONValue.Member] = []
    for statistic in Statistic.allCases {
      let row = statistic.row
      guard let (group, name) = row.stats, listener.map(row.applies) ?? (row.service == nil) else { continue }
      let member: JSONValue = [name: .count(statistics[statistic])]
      if let index = groups.firstIndex(where: { $0.name == group }) {
        groups[index].value += member
      } else {
        groups.append(.init(group, member))
      }
    }
    return groups
  }

  private static func dropped(_ statistics: Statistics) -> JSONValue {
    let reasons = DropReason.allCases.map { JSONValue.Member($0.name, .count(statistics[$0])) }
    return .object([.init("total", .count(statistics.droppedTotal))] + reasons)
  }

  private static func milliseconds(_ seconds: Double) -> Double {
    seconds.isFinite ? (seconds * 1000).rounded() / 1000 : 0
  }
}
