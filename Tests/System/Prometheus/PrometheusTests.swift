import Addresses
import Glibc
import Testing
import TestSupport

@Suite("Prometheus")
struct PrometheusTests {
  private static let configuration = """
    { "admin": { "port": 0 },
      "listeners": [
        { "name": "udp", "transport": "udp", "port": 0, "service": "echo", "queues": 2 },
        { "name": "tcp", "transport": "tcp", "port": 0, "service": "uppercase" },
        { "name": "closed", "transport": "udp", "port": 0, "service": "echo", "allow": ["192.0.2.1/32"] }
      ] }
    """

  private func exchange(_ count: Int, with server: Endpoint) async throws {
    let client = try PlainSocket(.udp)
    for _ in 0..<count {
      try client.send(Array("hello".utf8), to: server)
      _ = try await client.receiveDatagram()
    }
  }

  @Test("scrapes exactly what clients sent, again and again")
  func messages() async throws {
    try await RunningDaemon.with(Self.configuration, deadlineSeconds: 180) { daemon in
      let server = try daemon.endpoint(of: "udp")
      try await exchange(7, with: server)
      try await PrometheusServer.with([.admin: "\(daemon.adminEndpoint())"]) { prometheus in
        let query = #"echod_messages_received_total{job="echod", listener="udp"}"#
        #expect(try await prometheus.hasValue("7", of: query))
        try await exchange(35, with: server)
        #expect(try await prometheus.hasValue("42", of: query))
        #expect(try await prometheus.hasValue("210", of: #"echod_bytes_sent_total{listener="udp"}"#))
        #expect(try await prometheus.hasValue("1", of: #"up{job="echod"}"#))
        #expect(try await prometheus.hasValue("2", of: #"echod_queues_answering{listener="udp"}"#))
        // Under this name only OpenMetrics describes a counter; in the format 0.0.4 it ends with _total.
        #expect(try await prometheus.targets(describing: "echod_messages_received") == 1)
        #expect(try await prometheus.targets(describing: "echod_messages_received_total") == 0)
      }
    }
  }

  @Test("evaluates the rules, without an error")
  func rules() async throws {
    try await RunningDaemon.with(Self.configuration, deadlineSeconds: 180) { daemon in
      try await PrometheusServer.with([.admin: "\(daemon.adminEndpoint())"]) { prometheus in
        let defined = try Rules()
        let isEvaluated = try await eventually(every: .milliseconds(200)) {
          let rules = try await prometheus.rules()
          return rules.count == defined.recorded.count + defined.alerts.count
            && rules.allSatisfy { $0.health == "ok" }
        }
        let errors = try await prometheus.rules().compactMap(\.lastError)
        #expect(isEvaluated, "\(errors)")
        // Each message to this listener is a drop.
        let client = try PlainSocket(.udp)
        let share =
          #"instance_listener_reason:echod_dropped_per_offered:ratio_rate5m{listener="closed", reason="denied"}"#
        let isRecorded = try await eventually(every: .milliseconds(200)) {
          try client.send([1], to: daemon.endpoint(of: "closed"))
          return try await prometheus.samples(of: share).map(\.value) == ["1"]
        }
        #expect(isRecorded)
      }
    }
  }

  @Test("probes a listener and /healthz with the blackbox exporter, and sees echod stop")
  func probes() async throws {
    try await BlackboxExporter.with { exporter in
      try await RunningDaemon.with(Self.configuration, deadlineSeconds: 180) { daemon in
        let addresses: [PrometheusServer.Address: String] = [
          .admin: "\(try daemon.adminEndpoint())", .listener: "\(try daemon.endpoint(of: "tcp"))",
          .exporter: exporter.address,
        ]
        try await PrometheusServer.with(addresses) { prometheus in
          for job in ["echod-tcp", "echod-healthz"] {
            #expect(try await prometheus.hasValue("1", of: #"probe_success{job="\#(job)"}"#))
          }
          daemon.program.signal(SIGTERM)
          for job in ["echod-tcp", "echod-healthz"] {
            #expect(try await prometheus.hasValue("0", of: #"probe_success{job="\#(job)"}"#))
          }
          #expect(try await prometheus.hasValue("0", of: #"up{job="echod"}"#))
          let alerts = #"ALERTS{alertname=~"EchodDown|EchodProbeFailed", alertstate="pending"}"#
          let arePending = try await eventually(every: .milliseconds(200)) {
            try await prometheus.samples(of: alerts).count == 3
          }
          #expect(arePending)
        }
      }
    }
  }
}
