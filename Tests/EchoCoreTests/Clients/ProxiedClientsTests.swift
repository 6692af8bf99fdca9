import Addresses
import Testing

@testable import EchoCore

@Suite("The clients behind proxies")
struct ProxiedClientsTests {
  private static func endpoint(_ host: UInt32, _ port: UInt16) -> Endpoint {
    Endpoint(address: IPAddress(v4: host), port: port)
  }

  private static let proxy = endpoint(0x0A00_0001, 5000)
  private static let server = endpoint(0xC000_0201, 7000)
  private static let networks: [Prefix] = ["10.0.0.0/8"].compactMap { try? Prefix($0) }

  private static func client(_ number: UInt16) -> Endpoint { endpoint(0xC000_0207, number) }

  private static func header(_ client: Endpoint) throws -> [UInt8] {
    try #require(ProxyHeader.bytes(version: 2, from: client, to: server, over: .udp))
  }

  /// LOCAL, without addresses.
  private static func localHeader() throws -> [UInt8] {
    try header(client(1)).prefix(12) + [0x20, 0, 0, 0]
  }

  private static func clients(
    _ datagrams: ProxyProtocol.Datagrams, keepsHeaders: Bool = true, capacity: Int = 100
  ) -> ProxiedClients {
    ProxiedClients(
      ProxyProtocol(from: networks, datagrams: datagrams), keepsHeaders: keepsHeaders, capacity: capacity)
  }

  /// What is found out about a datagram, and what its header was.
  private enum Origin: Equatable {
    case client(Endpoint, local: Endpoint?, headerBytes: Int, header: [UInt8]?)
    case refused(DropReason)
  }

  private static func origin(
    _ clients: ProxiedClients, _ datagram: [UInt8], from peer: Endpoint = proxy, at now: Int64 = 0
  ) -> Origin {
    datagram.withUnsafeBytes { bytes in
      switch clients.origin(of: bytes, from: peer, at: now) {
      case .client(let sender):
        return .client(
          sender.client, local: sender.local, headerBytes: sender.headerBytes,
          header: sender.proxy.map { Array($0.bytes) })
      case .refused(let reason): return .refused(reason)
      }
    }
  }

  @Test("are those that the header of each datagram names")
  func each() throws {
    let clients = Self.clients(.each)
    for number in 1...UInt16(3) {
      let header = try Self.header(Self.client(number))
      #expect(
        Self.origin(clients, header + [1, 2, 3])
          == .client(Self.client(number), local: Self.server, headerBytes: header.count, header: header))
    }
    #expect(Self.origin(clients, [1, 2, 3]) == .refused(.badProxyHeader))
    #expect(Self.origin(clients, []) == .refused(.badProxyHeader))
    #expect(try Self.origin(clients, Self.header(Self.client(1)).dropLast()) == .refused(.badProxyHeader))
    #expect(Self.origin(clients, Array("PROXY UNKNOWN\r\n".utf8)) == .refused(.badProxyHeader))
  }

  @Test("are the peers themselves with LOCAL", arguments: ProxyProtocol.Datagrams.allCases)
  func local(datagrams: ProxyProtocol.Datagrams) throws {
    let header = try Self.localHeader()
    #expect(
      Self.origin(Self.clients(datagrams), header + [1])
        == .client(Self.proxy, local: nil, headerBytes: 16, header: header))
  }

  @Test("of peers that are no proxies are denied, whatever they send")
  func otherPeers() throws {
    for datagrams in ProxyProtocol.Datagrams.allCases {
      let clients = Self.clients(datagrams)
      for datagram in [try Self.header(Self.client(1)), [1]] {
        #expect(Self.origin(clients, datagram, from: Self.server) == .refused(.denied))
      }
    }
  }

  @Test("are those that the first datagram of a peer endpoint names, with first")
  func first() throws {
    let clients = Self.clients(.first)
    let other = Self.endpoint(0x0A00_0001, 5001)
    for (peer, number) in [(Self.proxy, 1), (other, 2)] as [(Endpoint, UInt16)] {
      #expect(Self.origin(clients, [9], from: peer) == .refused(.badProxyHeader))
      let header = try Self.header(Self.client(number))
      #expect(
        Self.origin(clients, header + [1], from: peer)
          == .client(Self.client(number), local: Self.server, headerBytes: header.count, header: header))
    }
    for (peer, number) in [(other, 2), (Self.proxy, 1), (Self.proxy, 1)] as [(Endpoint, UInt16)] {
      #expect(
        try Self.origin(clients, [1, 2], from: peer)
          == .client(
            Self.client(number), local: Self.server, headerBytes: 0,
            header: Self.header(Self.client(number))))
    }
  }

  @Test("cannot change who they are with a header of their own, with first")
  func forged() throws {
    let clients = Self.clients(.first, keepsHeaders: false)
    let (own, forged) = (try Self.header(Self.client(1)), try Self.header(Self.client(2)))
    _ = Self.origin(clients, own)
    #expect(
      Self.origin(clients, forged)
        == .client(Self.client(1), local: Self.server, headerBytes: 0, header: nil))
  }

  @Test("need a header again after their lifetime, with first; a datagram prolongs it")
  func lifetime() throws {
    let clients = Self.clients(.first)
    _ = try Self.origin(clients, Self.header(Self.client(1)), at: 0)
    for now in [59_999, 119_998] as [Int64] {
      #expect(Self.origin(clients, [1], at: now) != .refused(.badProxyHeader))
    }
    #expect(Self.origin(clients, [1], at: 179_998) == .refused(.badProxyHeader))
  }

  @Test("are forgotten when the table is full, those that were silent longest first")
  func full() throws {
    let clients = Self.clients(.first, capacity: 2)
    let peers = (1...UInt16(3)).map { Self.endpoint(0x0A00_0001, $0) }
    for peer in peers { _ = try Self.origin(clients, Self.header(Self.client(1)), from: peer) }
    #expect(Self.origin(clients, [1], from: peers[0]) == .refused(.badProxyHeader))
    for peer in peers[1...] { #expect(Self.origin(clients, [1], from: peer) != .refused(.badProxyHeader)) }
  }

  @Test("are remembered without their header if that is long, or is not asked for", arguments: [true, false])
  func kept(keepsHeaders: Bool) throws {
    let clients = Self.clients(.first, keepsHeaders: keepsHeaders)
    for length in [ProxiedClients.keptHeaderBytes, ProxiedClients.keptHeaderBytes + 1] {
      // A NOOP fills the header up.
      var header = try Self.header(Self.client(1))
      let filling = length - header.count
      header += [4, UInt8((filling - 3) >> 8), UInt8((filling - 3) & 0xFF)]
      header += [UInt8](repeating: 0, count: filling - 3)
      (header[14], header[15]) = (UInt8((length - 16) >> 8), UInt8((length - 16) & 0xFF))
      let peer = Self.endpoint(0x0A00_0001, UInt16(length))
      _ = Self.origin(clients, header, from: peer)
      let isKept = keepsHeaders && length <= ProxiedClients.keptHeaderBytes
      #expect(
        Self.origin(clients, [1], from: peer)
          == .client(
            Self.client(1), local: Self.server, headerBytes: 0, header: isKept ? header : nil))
    }
  }

  @Test("are forgotten when their proxy may no longer use the listener, or when the mode changes")
  func change() throws {
    let clients = Self.clients(.first)
    _ = try Self.origin(clients, Self.header(Self.client(1)))
    clients.change(to: ProxyProtocol(from: Self.networks, datagrams: .first))
    #expect(Self.origin(clients, [1]) != .refused(.badProxyHeader))
    clients.change(to: ProxyProtocol(from: [try Prefix("192.0.2.0/24")], datagrams: .first))
    #expect(Self.origin(clients, [1]) == .refused(.denied))
    clients.change(to: ProxyProtocol(from: Self.networks, datagrams: .first))
    #expect(Self.origin(clients, [1]) == .refused(.badProxyHeader))
    _ = try Self.origin(clients, Self.header(Self.client(1)))
    clients.change(to: ProxyProtocol(from: Self.networks, datagrams: .each))
    clients.change(to: ProxyProtocol(from: Self.networks, datagrams: .first))
    #expect(Self.origin(clients, [1]) == .refused(.badProxyHeader))
  }
}
