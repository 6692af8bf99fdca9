import EchoCore

extension Resource {
  /// The statistics for Prometheus: in OpenMetrics for clients that prefer it, otherwise in the text format 0.0.4.
  static let metrics = Resource(
    path: "/metrics", summary: "the same for Prometheus",
    answer: { request in
      let format = ExpositionFormat(preferredBy: request.accept)
      return .ofSnapshot(includesProcess: true) { snapshot in
        var response = Response(
          status: .ok, contentType: format.mediaType.contentType, content: format.text(snapshot.metrics))
        response.varyByAccept()
        return response
      }
    })
}

extension Snapshot {
  /// Every metric. Those of a listener have a sample for each listener that has the statistic.
  var metrics: [MetricFamily] {
    daemonMetrics + restoredMetrics + statisticMetrics + [dropMetric, impairmentMetric] + listenerMetrics
      + processMetrics
  }

  private var daemonMetrics: [MetricFamily] {
    [
      MetricFamily(
        name: "echod_build_info", kind: .gauge, help: "Always 1; the version of echod is in the label.",
        samples: [.init(labels: [.init(name: "version", value: version)], value: "1")]),
      MetricFamily(
        name: "echod_start_time_seconds", kind: .gauge,
        help: "When echod started, in seconds since 1970 (UTC).", samples: [.init(value: "\(startedAt)")]),
    ]
  }

  private var restoredMetrics: [MetricFamily] {
    RestoredFigure.rows.map { row in
      MetricFamily(
        name: row.metric, kind: .gauge, help: row.help, samples: [.init(value: "\(row.value(restored))")])
    }
  }

  private var statisticMetrics: [MetricFamily] {
    Statistic.allCases.map { statistic in
      let row = statistic.row
      return MetricFamily(
        name: row.metric, kind: row.isGauge ? .gauge : .counter, help: row.help,
        samples: listeners.filter { row.applies(to: $0.configuration) }
          .map { .init(labels: $0.labels, value: "\($0.statistics[statistic])") })
    }
  }

  private var dropMetric: MetricFamily {
    MetricFamily(
      name: "echod_dropped_total", kind: .counter,
      help: "Messages and connections that got no reply, by reason.",
      samples: listeners.flatMap { listener in
        DropReason.allCases.map { reason in
          .init(
            labels: listener.labels + [.init(name: "reason", value: reason.name)],
            value: "\(listener.statistics[reason])")
        }
      })
  }

  private var impairmentMetric: MetricFamily {
    MetricFamily(
      name: "echod_impaired_total", kind: .counter,
      help: "Replies and connections that were impaired on purpose, by kind; only for listeners with impair.",
      samples: listeners.filter { $0.configuration.impair != nil }.flatMap { listener in
        ImpairmentKind.allCases.map { kind in
          .init(
            labels: listener.labels + [.init(name: "kind", value: kind.name)],
            value: "\(listener.statistics[kind])")
        }
      })
  }

  private var listenerMetrics: [MetricFamily] {
    let ready = MetricFamily(
      name: "echod_ready", kind: .gauge, help: "1 while echod is serving, as /healthz says; otherwise 0.",
      samples: [.init(value: state.isServing ? "1" : "0")])
    return [ready]
      + ListenerMetric.rows.map { row in
        MetricFamily(
          name: row.name, kind: .gauge, help: row.help,
          samples: listeners.compactMap { listener in
            row.value(listener).map { .init(labels: listener.labels, value: "\($0)") }
          })
      }
  }

  /// Values that could not be read are left out.
  private var processMetrics: [MetricFamily] {
    ProcessStatistic.allCases.compactMap { statistic in
      guard let value = process[statistic] else { return nil }
      let row = statistic.row
      let text = Int(exactly: value).map { "\($0)" } ?? "\(value)"
      return MetricFamily(
        name: row.metric, kind: row.isGauge ? .gauge : .counter, help: row.help, samples: [.init(value: text)]
      )
    }
  }
}

extension ListenerSnapshot {
  fileprivate var labels: [MetricFamily.Label] {
    [
      .init(name: "listener", value: configuration.name),
      .init(name: "transport", value: configuration.transport.rawValue),
      .init(name: "service", value: configuration.service),
    ]
  }
}
