/// The listeners of a soak: each kind of client has one, so that what it counted can be compared.
enum SoakListener: String, CaseIterable {
  /// Connections that outlive rounds and reloads.
  case steady
  /// A connection, a message, a close.
  case visited
  /// The course's server: it closes after its reply.
  case course
  /// Clients that send their end first.
  case halfClosed = "half-closed"
  /// Datagrams, each waited for.
  case datagrams
  /// Clients that send and never read.
  case stalled
  /// Clients that reset or vanish.
  case rude
  /// More datagrams than its limit permits.
  case flooded
  /// Changed by each reload.
  case changing
  /// There in every second configuration.
  case coming

  /// What the clients of every round find.
  static let configuration = configuration(changing: #""service": "echo", "queues": 1"#)

  /// What a reload makes of it: other keys in one listener, and one more.
  static let changedConfiguration = configuration(
    changing: #""service": "uppercase", "queues": 2"#, more: [.coming])

  private static func configuration(changing keys: String, more: [SoakListener] = []) -> String {
    let usual = allCases.filter { $0 != .coming }
    let listeners = (usual + more).map {
      #"{ "name": "\#($0.rawValue)", "port": 0, \#($0.keys(changing: keys)) }"#
    }
    return #"{ "admin": { "port": 0 }, "listeners": [\#(listeners.joined(separator: ",\n"))] }"#
  }

  private func keys(changing: String) -> String {
    switch self {
    case .steady, .halfClosed: #""transport": "tcp", "queues": 2"#
    case .visited: #""transport": "tcp", "service": "uppercase""#
    case .course: #""transport": "tcp", "service": "uppercase", "closeAfterReply": true"#
    case .datagrams: #""transport": "udp", "queues": 2"#
    case .stalled: #""transport": "tcp", "idleTimeoutSeconds": 1"#
    case .rude, .coming: #""transport": "tcp""#
    case .flooded: #""transport": "udp", "rateLimit": { "perSecond": 50, "burst": 100 }"#
    case .changing: #""transport": "udp", \#(changing)"#
    }
  }
}
