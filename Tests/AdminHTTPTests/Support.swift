import Addresses
@testable import AdminHTTP
@testable import EchoCore

/// What a parser makes of a connection's bytes.
struct Outcome: Equatable {
  var requests: [Request] = []
  var error: RequestError?
  var isEmpty = true

  var status: Status? { error?.status }
}

/// Feeds the text as a server does, in pieces that end at these offsets.
func outcome(_ text: String, cuts: [Int] = []) -> Outcome {
  outcome(Array(text.utf8), cuts: cuts)
}

func outcome(_ bytes: [UInt8], cuts: [Int] = []) -> Outcome {
  var parser = RequestParser()
  var outcome = Outcome()
  do throws(RequestError) {
    for (start, end) in zip([0] + cuts, cuts + [bytes.count]) {
      bytes.withUnsafeBytes { parser.append(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
      while let request = try parser.next() { outcome.requests.append(request) }
    }
  } catch {
    outcome.error = error
  }
  outcome.isEmpty = parser.isEmpty
  return outcome
}

/// A response as a client sees it.
struct Received {
  var statusLine = ""
  var fields: [String: String] = [:]
  var content = ""

  init(_ response: Response) {
    let text = String(decoding: response.encoded(date: 1_795_365_780), as: UTF8.self)
    var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
    statusLine = lines.isEmpty ? "" : String(lines.removeFirst())
    while let line = lines.first, !line.isEmpty {
      let parts = line.split(separator: ":", maxSplits: 1)
      fields[String(parts[0])] = parts.last.map { String($0.drop { $0 == " " }) }
      lines.removeFirst()
    }
    content = lines.dropFirst().joined(separator: "\r\n")
  }
}

/// A request for a path of this machine.
func request(
  _ target: String, method: String = "GET", host: String? = "localhost:8080", version: HTTPVersion = .http11,
  wantsKeepAlive: Bool = true
) -> Request {
  let parts = target.split(separator: "?", maxSplits: 1)
  return Request(
    method: method, path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : "", version: version,
    host: host.flatMap { RequestHost($0, canBeEmpty: true) },
    wantsKeepAlive: wantsKeepAlive)
}

/// A request that the resource at its path answers.
func targets() -> [String] {
  Resource.all.map { $0.path == "/clients" ? "/clients?listener=uppercase-udp" : $0.path }
}

extension Router {
  /// The response of a daemon with one listener, whose finding can be replaced by another one.
  func respond(
    to request: Request, in state: LifeState = .running, snapshot: Snapshot = .example,
    finding: Finding? = nil
  ) -> Response {
    let routed = route(request)
    let usual: Finding? =
      switch routed.inquiry {
      case nil: nil
      case .snapshot: .snapshot(snapshot)
      case .responsiveness("uppercase-udp"): .responsiveness(true)
      case .clients("uppercase-udp"): .clients([])
      case .responsiveness, .clients: .unknownListener
      }
    return routed.response(state: state, finding: finding ?? usual)
  }
}

extension RequestHost {
  /// The host that a text names.
  init?(_ text: String, canBeEmpty: Bool = false) {
    self.init(bytes: Array(text.utf8)[...], canBeEmpty: canBeEmpty)
  }
}

extension Snapshot {
  /// The daemon of the contract's example.
  static var example: Snapshot {
    var statistics = Statistics()
    statistics[.messagesReceived] = 3
    statistics[.messagesSent] = 3
    statistics[.bytesReceived] = 36
    statistics[.bytesSent] = 36
    statistics[.clientsCurrent] = 1
    statistics[.clientsTotal] = 1
    let configuration = ListenerConfiguration(name: "uppercase-udp", transport: .udp, service: "uppercase")
    let listener = ListenerSnapshot(
      configuration: configuration, endpoint: Endpoint(address: .loopbackIPv4, port: 12000),
      statistics: statistics)
    return Snapshot(
      version: "0.1.0", state: .running, startedAt: 1_795_365_780, uptimeSeconds: 12.3, totals: statistics,
      listeners: [listener])
  }
}
