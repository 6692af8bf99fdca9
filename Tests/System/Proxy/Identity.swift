import Addresses
import Foundation
import Testing
import TestSupport

/// What an `identify` listener answers.
struct Identity: Decodable, Sendable, Equatable {
  struct Proxy: Decodable, Sendable, Equatable {
    var version: Int
    var command: String
    var authority: String?
    var alpn: String?
    var uniqueId: String?
  }

  var from: String
  var to: String
  var via: String?
  var proxy: Proxy?
  var listener: String
  var transport: String
  var bytes: Int

  init(json: some Sequence<UInt8>) throws {
    self = try JSONDecoder().decode(Identity.self, from: Data(json))
  }

  /// What a TCP listener answers to a message on a connection.
  static func answer(to message: String, on client: PlainSocket) async throws -> Identity {
    try await client.send(Array(message.utf8))
    var answer: [UInt8] = []
    while answer.last != UInt8(ascii: "\n") {
      let part = try await client.receive()
      try #require(!part.isEmpty, "the connection ended after \(String(decoding: answer, as: UTF8.self))")
      answer += part
    }
    return try Identity(json: answer)
  }

  /// What a UDP listener answers to a message, which has room for all of it.
  static func answer(to message: [UInt8], from client: PlainSocket, at server: Endpoint) async throws
    -> Identity
  {
    try client.send(message, to: server)
    return try await Identity(json: client.receiveDatagram().bytes)
  }
}

/// A client in the answer of `/clients`.
struct ListedClient: Decodable, Sendable, Equatable {
  var client: String
  var messages: Int
  var bytes: Int
}

extension RunningDaemon {
  /// The busiest clients of a listener. While one of its queues is late, echod refuses to tell, and is asked again.
  func clients(of listener: String) async throws -> [ListedClient] {
    struct List: Decodable {
      var clients: [ListedClient]
    }
    var list: List?
    let isAnswered = try await eventually {
      do {
        let text = try await HTTPClient.get("/clients?listener=\(listener)", from: adminEndpoint())
        list = try JSONDecoder().decode(List.self, from: Data(text))
        return true
      } catch let refused as HTTPClient.Refused where refused.response.starts(with: "HTTP/1.1 503 ") {
        return false
      }
    }
    try #require(isAnswered, "queues do not answer")
    return try #require(list).clients
  }

  /// The figures of a listener.
  func figures(of listener: String) async throws -> Stats.Listener {
    try #require(try await stats()[listener: listener])
  }
}
