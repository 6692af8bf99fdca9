import Foundation
import Testing

/// `stamp_peer.py`: messages that the PyPI package Scapy writes and reads. `scripts/setup test` installs it.
enum StampPeer {
  /// A reflector's message as Scapy reads it.
  struct Message: Decodable, Sendable, Equatable {
    struct TLV: Decodable, Sendable, Equatable {
      var flags: Int
      var type: Int
      var length: Int
      /// Hexadecimal.
      var value: String
    }

    var seq: UInt64
    var t1: UInt64
    var t2: UInt64
    var t3: UInt64
    var errorEstimate: UInt64
    var ssid: UInt64
    var senderSeq: UInt64
    var senderErrorEstimate: UInt64
    var zeros: [Int]
    var senderTTL: Int
    var tlvs: [TLV]
  }

  /// A request that Scapy wrote, and its reply.
  struct Exchange: Decodable, Sendable {
    /// Hexadecimal; the reply is `nil` if none came.
    var request: String
    var reply: String?
    var hops: Int?
    var tos: Int?
    /// The sender's clock before it sent and after the reply came, in nanoseconds since 1970.
    var before: Int64
    var after: Int64
    var message: Message?
  }

  private static let python = Repository.path(of: ".build/scapy/bin/python3")
  private static let program =
    #filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/stamp_peer.py"

  /// What starts it with arguments.
  static func command(_ arguments: [String]) -> [String] { [python, program] + arguments }

  /// Sends messages, each described as the program says, one after the other, and returns them with their replies.
  static func send(
    _ messages: [String], to server: (address: String, port: UInt16), wrapper: [String] = [],
    deadlineSeconds: Int = RunningProgram.usualDeadlineSeconds
  ) async throws -> [Exchange] {
    let command = wrapper + command(["send", server.address, "\(server.port)"])
    let outcome = try await RunningProgram.run(
      command[0], Array(command.dropFirst()), input: messages.map { $0 + "\n" }.joined().utf8,
      deadlineSeconds: deadlineSeconds)
    try #require(outcome.ending == .exit(0), "\(outcome.errors)")
    return try outcome.text.split(separator: "\n").map {
      try JSONDecoder().decode(Exchange.self, from: Data($0.utf8))
    }
  }

  /// Runs a Session-Reflector for as long as the body runs, which gets its port. The options are the program's.
  static func reflect<Result>(
    at address: String = "127.0.0.1", _ options: [String] = [], wrapper: [String] = [],
    _ body: (UInt16) async throws -> Result
  ) async throws -> Result {
    let command = wrapper + command(["reflect", address] + options)
    return try await RunningProgram.with(command[0], Array(command.dropFirst())) { program in
      let line = try await program.line { $0.hasPrefix("port ") }
      return try await body(#require(UInt16(line.dropFirst("port ".count))))
    }
  }
}

extension Array<UInt8> {
  /// The bytes that hexadecimal digits stand for.
  init(hex: String) { self = HexPattern(hex).exact }
}
