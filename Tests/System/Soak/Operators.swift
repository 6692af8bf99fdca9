import Addresses
import Glibc
import TestSupport

/// Clients that ask for the statistics and change the configuration.
extension Crowd {
  func askForFigures() async throws {
    let admin = try daemon.adminEndpoint()
    for turn in 0..<20 {
      let half = try PlainSocket(connectedTo: admin)
      try await half.send(Array("GET /stats HTTP/1.1\r\nHo".utf8.dropLast(turn)))
      try await askInOneGo(admin)
      _ = try await HTTPClient.get("/metrics", from: admin)
      try await Self.pause()
    }
  }

  /// Several requests before the first response. See RFC 9112, section 9.3.2.
  private func askInOneGo(_ admin: Endpoint) async throws {
    let requests = ["/stats", "/metrics", "/healthz"].map { path in
      "GET \(path) HTTP/1.1\r\nHost: \(admin)\r\n\(path == "/healthz" ? "Connection: close\r\n" : "")\r\n"
    }
    let socket = try PlainSocket(connectedTo: admin)
    try await socket.send(Array(requests.joined().utf8))
    let responses = String(decoding: try await socket.receiveToEnd(), as: UTF8.self)
    guard responses.ranges(of: "HTTP/1.1 200 OK\r\n").count == requests.count else {
      throw WrongReply(description: "\(requests.count) requests in one go got: \(responses)")
    }
  }

  /// Loads another configuration, a wrong one, and the first one again. Clients of the added listener are told when it is
  /// removed.
  func reload() async throws {
    try await reload(SoakListener.changedConfiguration) { $0[listener: SoakListener.coming.rawValue] != nil }
    let port = try await daemon.stats()[listener: SoakListener.coming.rawValue]?.port ?? 0
    let guest = try PlainSocket(connectedTo: Endpoint(address: .loopbackIPv4, port: UInt16(port)))
    try await guest.send(Array("hello".utf8))
    try WrongReply.unless(try await guest.receive(exactly: 5), is: Array("hello".utf8), "a guest")
    try TemporaryFile.write(#"{ "listeners": 1 }"#, to: daemon.configurationPath)
    daemon.program.signal(SIGHUP)
    try await Self.pause()
    try await reload(SoakListener.configuration) { $0[listener: SoakListener.coming.rawValue] == nil }
    try WrongReply.unless(try await guest.receiveToEnd(), is: [], "a guest of a listener that went")
  }

  private func reload(_ configuration: String, until isInForce: (Stats) -> Bool) async throws {
    try TemporaryFile.write(configuration, to: daemon.configurationPath)
    daemon.program.signal(SIGHUP)
    let isRead = try await eventually(every: .milliseconds(20)) { isInForce(try await daemon.stats()) }
    guard isRead else { throw WrongReply(description: "a reload is not in force") }
  }
}
