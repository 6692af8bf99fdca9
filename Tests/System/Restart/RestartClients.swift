import Addresses
import Glibc
import TestSupport

extension PlainSocket {
  /// Sends a text on a connection, and receives as much.
  func echo(of text: String) async throws -> String {
    try await send(Array(text.utf8))
    return try await self.text(ofBytes: text.utf8.count)
  }

  /// Receives a text of so many bytes on a connection, or less if it ends before.
  func text(ofBytes count: Int) async throws -> String {
    String(decoding: try await receive(exactly: count), as: UTF8.self)
  }

  /// Sends a text in a datagram, and receives one.
  func echo(of text: String, from server: Endpoint) async throws -> String {
    try send(Array(text.utf8), to: server)
    return try await datagram()
  }

  /// Receives a text in a datagram.
  func datagram() async throws -> String {
    String(decoding: try await receiveDatagram().bytes, as: UTF8.self)
  }

  /// Sends as much of the bytes as the kernel takes at this moment, and returns how much that is.
  func sendWhatFits(of bytes: ArraySlice<UInt8>) -> Int {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      }
      if count < 0 { break }
      rest = rest.dropFirst(count)
    }
    return bytes.count - rest.count
  }

  /// A client of UDP with an address of its own.
  static func datagrams(from address: IPAddress = .loopbackIPv4) throws -> PlainSocket {
    try PlainSocket(.udp, boundTo: Endpoint(address: address, port: 0))
  }
}

extension Endpoint {
  /// A port of 127.0.0.1.
  static func local(_ port: UInt16) -> Endpoint { Endpoint(address: .loopbackIPv4, port: port) }
}

extension RunningDaemon {
  /// The port of a listener.
  func port(of listener: String) throws -> UInt16 { try endpoint(of: listener).port }

  /// A client of a TCP listener.
  func connect(to listener: String) throws -> PlainSocket {
    try PlainSocket(connectedTo: endpoint(of: listener))
  }

  /// A client of a TCP listener that has been answered, so that echod knows it.
  func knownClient(of listener: String) async throws -> PlainSocket {
    let client = try connect(to: listener)
    _ = try await client.echo(of: "first")
    return client
  }
}
