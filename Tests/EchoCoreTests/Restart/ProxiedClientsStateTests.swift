import Addresses
import EchoCore
import Testing

@Suite("The clients behind proxies after a restart")
struct ProxiedClientsStateTests {
  private static let server = Endpoint(address: IPAddress(v4: 0xC000_0201), port: 7000)
  private static let client = Endpoint(address: IPAddress(v4: 0xC000_0207), port: 40_000)

  private static func peer(_ number: Int) -> Endpoint {
    Endpoint(address: IPAddress(v4: 0x0A00_0000 + UInt32(number)), port: 5000)
  }

  private static func clients(
    _ datagrams: ProxyProtocol.Datagrams = .first, from networks: [String] = ["10.0.0.0/8"],
    keepsHeaders: Bool = true, capacity: Int = 10
  ) throws -> ProxiedClients {
    ProxiedClients(
      ProxyProtocol(from: try networks.map { try Prefix($0) }, datagrams: datagrams),
      keepsHeaders: keepsHeaders, capacity: capacity)
  }

  private static func header() throws -> [UInt8] {
    try #require(ProxyHeader.bytes(version: 2, from: client, to: server, over: .udp))
  }

  /// Clients behind peers 1 to 3, seen one after another.
  private static func before() throws -> ProxiedClients {
    let clients = try clients()
    for number in 1...3 {
      try header().withUnsafeBytes {
        _ = clients.origin(of: $0, from: peer(number), at: Int64(number))
      }
    }
    return clients
  }

  private func restore(_ clients: ProxiedClients, to other: ProxiedClients, at now: Int64 = 4) throws {
    var reader = StateReader(written { clients.write(to: &$0) })
    try other.restore(from: &reader, at: now)
    #expect(reader.bytesLeft == 0)
  }

  /// The client of a peer's datagram without a header, and the header that it is known by; `nil` if it is refused.
  private func sender(
    _ number: Int, _ clients: ProxiedClients, at now: Int64 = 4
  ) -> (client: Endpoint, local: Endpoint?, header: [UInt8]?)? {
    let origin = [UInt8(1)].withUnsafeBytes { clients.origin(of: $0, from: Self.peer(number), at: now) }
    guard case .client(let sender) = origin else { return nil }
    return (sender.client, sender.local, sender.proxy.map { Array($0.bytes) })
  }

  @Test("are known with their headers")
  func same() throws {
    let after = try Self.clients()
    try restore(Self.before(), to: after)
    for number in 1...3 {
      let known = try #require(sender(number, after))
      #expect(known.client == Self.client && known.local == Self.server)
      #expect(try known.header == Self.header())
    }
    #expect(sender(4, after) == nil)
  }

  @Test("are known without their headers where these are not needed")
  func withoutHeaders() throws {
    let after = try Self.clients(keepsHeaders: false)
    try restore(Self.before(), to: after)
    let known = try #require(sender(1, after))
    #expect(known.client == Self.client && known.header == nil)
  }

  @Test("are forgotten if each datagram has a header, or their peer may no longer use the listener")
  func changed() throws {
    let each = try Self.clients(.each)
    try restore(Self.before(), to: each)
    each.change(to: ProxyProtocol(from: [try Prefix("10.0.0.0/8")], datagrams: .first))
    #expect(sender(1, each) == nil)
    let denied = try Self.clients(from: ["10.0.0.2/32"])
    try restore(Self.before(), to: denied)
    denied.change(to: ProxyProtocol(from: [try Prefix("10.0.0.0/8")], datagrams: .first))
    #expect([1, 2, 3].map { sender($0, denied) != nil } == [false, true, false])
  }

  @Test("are the ones that were seen last, if that was not too long ago")
  func recent() throws {
    let small = try Self.clients(capacity: 2)
    try restore(Self.before(), to: small)
    #expect([1, 2, 3].map { sender($0, small) != nil } == [false, true, true])
    let late = try Self.clients()
    try restore(Self.before(), to: late, at: 60_002)
    #expect([1, 2, 3].map { sender($0, late, at: 60_002) != nil } == [false, false, true])
  }

  @Test("are none if the bytes are broken, and nothing crashes")
  func broken() throws {
    let whole = written { [before = try Self.before()] in before.write(to: &$0) }
    for bytes in EchoCoreTests.broken(whole) {
      let after = try Self.clients()
      let error = failure(of: bytes) { reader throws(StateError) in try after.restore(from: &reader, at: 4) }
      let known = (1...3).filter { sender($0, after) != nil }
      if bytes.count < whole.count, error != .truncated || !known.isEmpty { Issue.record("\(bytes)") }
    }
  }
}
