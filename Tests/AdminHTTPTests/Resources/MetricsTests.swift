import Addresses
@testable import AdminHTTP
@testable import EchoCore
import Foundation
import Testing

@Suite("The document at /metrics")
struct MetricsTests {
  private func answer(_ snapshot: Snapshot, accept: String = "") -> Received {
    var request = request("/metrics")
    request.accept = Accept([Array(accept.utf8)[...]])
    return Received(Router(answeringTo: .any).respond(to: request, in: snapshot.state, snapshot: snapshot))
  }

  private func document(_ snapshot: Snapshot) -> String { answer(snapshot).content }

  @Test(
    "has a sample for each statistic of each listener",
    arguments: [
      #"echod_build_info{version="0.1.0"} 1"#, "echod_start_time_seconds 1795365780",
      "echod_restored_connections 50", "echod_restored_sockets 51", "echod_restore_lost_connections 52",
      #"echod_messages_received_total{listener="l",transport="tcp",service="echo"} 11"#,
      #"echod_messages_sent_total{listener="l",transport="tcp",service="echo"} 12"#,
      #"echod_bytes_received_total{listener="l",transport="tcp",service="echo"} 18446744073709551615"#,
      #"echod_bytes_sent_total{listener="l",transport="tcp",service="echo"} 14"#,
      #"echod_clients_current{listener="l",transport="tcp",service="echo"} 15"#,
      #"echod_clients_seen_total{listener="l",transport="tcp",service="echo"} 16"#,
      #"echod_clients_evicted_total{listener="l",transport="tcp",service="echo"} 17"#,
      #"echod_dropped_total{listener="l",transport="tcp",service="echo",reason="denied"} 20"#,
      #"echod_dropped_total{listener="l",transport="tcp",service="echo",reason="sendFailed"} 24"#,
      #"echod_dropped_total{listener="l",transport="tcp",service="echo",reason="receiveBufferFull"} 25"#,
      #"echod_dropped_total{listener="l",transport="tcp",service="echo",reason="badProxyHeader"} 26"#,
      #"echod_dropped_total{listener="l",transport="tcp",service="echo",reason="malformed"} 27"#,
      #"echod_dropped_total{listener="l",transport="tcp",service="echo",reason="impaired"} 28"#,
      #"echod_messages_received_total{listener="uppercase-udp",transport="udp",service="uppercase"} 3"#,
      #"echod_impaired_total{listener="l",transport="tcp",service="echo",kind="lost"} 40"#,
      #"echod_impaired_total{listener="l",transport="tcp",service="echo",kind="reset"} 46"#,
      "echod_ready 1",
      #"echod_connections_max{listener="l",transport="tcp",service="echo"} 123"#,
      #"echod_queues{listener="l",transport="tcp",service="echo"} 4"#,
      #"echod_queues{listener="uppercase-udp",transport="udp",service="uppercase"} 1"#,
      #"echod_queues_answering{listener="l",transport="tcp",service="echo"} 3"#,
      #"echod_queues_answering{listener="uppercase-udp",transport="udp",service="uppercase"} 1"#,
      "process_cpu_seconds_total 1.25", "process_open_fds 12", "process_max_fds 1024",
      "process_resident_memory_bytes 1099511627776", "process_start_time_seconds 1795365779.99",
    ])
  func samples(line: String) {
    #expect(document(Self.twoListeners).split(separator: "\n").contains(line[...]))
  }

  @Test("has HELP and TYPE for each metric, once")
  func families() {
    let lines = document(Self.twoListeners).split(separator: "\n")
    let types = lines.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ")[2] }
    let helps = lines.filter { $0.hasPrefix("# HELP ") }.map { $0.split(separator: " ")[2] }
    let named = Set(lines.filter { !$0.hasPrefix("#") }.map { $0.prefix { $0 != "{" && $0 != " " } })
    #expect(types == helps)
    let withoutSamples: Set<Substring> = ["echod_sessions_current", "echod_sessions_seen_total"]
    #expect(Set(types).count == types.count && Set(types) == named.union(withoutSamples))
  }

  @Test("has no limit on connections for a UDP listener")
  func connections() {
    #expect(!document(Self.twoListeners).contains(#"echod_connections_max{listener="uppercase-udp""#))
  }

  @Test("has impairments only of listeners that impair their replies")
  func impairments() {
    let text = document(Self.twoListeners)
    #expect(!text.contains(#"echod_impaired_total{listener="uppercase-udp""#))
    let kinds = text.matches(of: #/echod_impaired_total\{.*kind="(\w+)"/#).map { String($0.1) }
    #expect(kinds == ["lost", "delayed", "duplicated", "corrupted", "reordered", "closed", "reset"])
  }

  @Test("has sessions only of listeners with the service stamp")
  func sessions() {
    #expect(!document(Self.twoListeners).contains("\nechod_sessions"))
    var snapshot = Self.twoListeners
    snapshot.listeners[0].configuration.service = "stamp"
    snapshot.listeners[0].statistics[.sessionsCurrent] = 5
    snapshot.listeners[0].statistics[.sessionsTotal] = 7
    let lines = document(snapshot).split(separator: "\n").filter { $0.hasPrefix("echod_sessions") }
    #expect(
      lines == [
        #"echod_sessions_current{listener="uppercase-udp",transport="udp",service="stamp"} 5"#,
        #"echod_sessions_seen_total{listener="uppercase-udp",transport="udp",service="stamp"} 7"#,
      ])
  }

  @Test("leaves out what could not be read")
  func unknown() {
    var snapshot = Self.twoListeners
    snapshot.process[.residentBytes] = nil
    let text = document(snapshot)
    #expect(!text.contains("process_resident_memory_bytes"))
    #expect(text.contains("process_open_fds 12\n"))
  }

  @Test(
    "says that echod is ready when /healthz does",
    arguments: [LifeState.starting, .running, .reloading, .stopping])
  func ready(state: LifeState) {
    var snapshot = Self.twoListeners
    snapshot.state = state
    let health = Router(answeringTo: .any).respond(to: request("/healthz"), in: state)
    #expect(document(snapshot).contains("echod_ready \(health.status == .ok ? 1 : 0)\n"))
  }

  @Test("is in the format that the client prefers, and says so in Vary")
  func formats() {
    let usual = answer(Self.twoListeners)
    #expect(usual.fields["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
    #expect(usual.fields["Vary"] == "Accept")
    let preferred = answer(Self.twoListeners, accept: "application/openmetrics-text, */*;q=0.1")
    #expect(
      preferred.fields["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
    #expect(preferred.fields["Vary"] == "Accept")
    #expect(preferred.content.hasSuffix("\n# EOF\n"))
    // The samples are the same.
    let samples = [usual, preferred].map { $0.content.split(separator: "\n").filter { !$0.hasPrefix("#") } }
    #expect(samples[0] == samples[1])
  }

  @Test("escapes what the value of a label cannot contain")
  func escaping() {
    var snapshot = Snapshot.example
    snapshot.version = "a\\b\"c\nd"
    #expect(document(snapshot).contains(#"echod_build_info{version="a\\b\"c\nd"} 1"# + "\n"))
  }

  @Test("is accepted by Prometheus without a warning", arguments: [0, 1, 2])
  func promtool(listeners: Int) throws {
    var snapshot = Self.twoListeners
    snapshot.version = "\\\"\n{},é"
    snapshot.listeners = Array(snapshot.listeners.prefix(listeners))
    let (status, output) = try lint(document(snapshot))
    #expect(status == 0 && output.isEmpty, "\(output)")
  }

  @Test("would be refused by the same check if it were wrong")
  func promtoolObjects() throws {
    let (status, output) = try lint("# HELP wrong_total A gauge.\n# TYPE wrong_total gauge\nwrong_total 1\n")
    #expect(status != 0)
    #expect(output.contains("wrong_total"))
  }

  private static var twoListeners: Snapshot {
    var snapshot = Snapshot.example
    var statistics = Statistics()
    statistics[.messagesReceived] = 11
    statistics[.messagesSent] = 12
    statistics[.bytesReceived] = .max
    statistics[.bytesSent] = 14
    statistics[.clientsCurrent] = 15
    statistics[.clientsTotal] = 16
    statistics[.clientsEvicted] = 17
    for reason in DropReason.allCases { statistics[reason] = 20 + UInt64(reason.rawValue) }
    var configuration = ListenerConfiguration(name: "l", transport: .tcp, service: "echo")
    configuration.queues = 4
    configuration.maxConnections = 123
    configuration.impair = Impairment()
    for kind in ImpairmentKind.allCases { statistics[kind] = 40 + UInt64(kind.rawValue) }
    var listener = ListenerSnapshot(
      configuration: configuration, endpoint: Endpoint(address: IPAddress(bits: 1), port: 7),
      statistics: statistics)
    listener.silentQueues = 1
    snapshot.listeners.append(listener)
    snapshot.restored = Restored(connections: 50, sockets: 51, lost: 52)
    snapshot.process[.processorSeconds] = 1.25
    snapshot.process[.openDescriptors] = 12
    snapshot.process[.maxDescriptors] = 1024
    snapshot.process[.residentBytes] = 0x1p40
    snapshot.process[.startedAt] = 1_795_365_779.99
    return snapshot
  }

  /// What `promtool check metrics`, of Debian's package prometheus, says of a document.
  private func lint(_ text: String) throws -> (status: Int32, output: String) {
    let (input, output) = (Pipe(), Pipe())
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/promtool")
    process.arguments = ["check", "metrics"]
    process.standardInput = input
    process.standardOutput = output
    process.standardError = output
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try input.fileHandleForWriting.close()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: said, as: UTF8.self))
  }
}
