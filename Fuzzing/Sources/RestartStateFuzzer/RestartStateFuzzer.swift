import Addresses
@testable import EchoCore
import LibFuzzer

/// Any bytes are read as what a process left to the next one, or refused, without a crash. What was read can be written,
/// and is then read as the same. The first byte of an input chooses what it is: a state, the part of one that follows the
/// header, or one of the tables.
@main
enum RestartStateFuzzer {
  /// When the next process starts, in milliseconds.
  private static let now: Int64 = 1_000_000_000
  /// How many entries a table has: few, so that some have to go.
  private static let capacity = 8

  static func main() {
    fuzz { start, count in
      RestartStateFuzzer.check(Array(UnsafeRawBufferPointer(start: start, count: count)))
      return 0
    }
  }

  private static func check(_ input: [UInt8]) {
    guard let choice = input.first else { return }
    let bytes = Array(input.dropFirst())
    switch choice % 8 {
    case 0: checkState(bytes)
    case 1: checkState(withHeader(bytes))
    case 2: checkClients(bytes)
    case 3: checkLimiter(bytes, total: choice < 128 ? RateLimit.standardTotal : nil)
    case 4: checkImpaired(bytes, bytesPerSecond: choice < 128 ? 1 : nil)
    case 5: checkProxied(bytes, .first)
    case 6: checkProxied(bytes, .each)
    default: checkResponder(bytes)
    }
  }

  /// A state with the right header, so that what follows is read.
  private static func withHeader(_ body: [UInt8]) -> [UInt8] {
    var writer = StateWriter()
    for byte in "echodRST".utf8 { writer.write(byte) }
    writer.write(RestartState.layoutVersion)
    writer.write(UInt64(20 + body.count))
    return writer.bytes + body
  }

  private static func checkState(_ bytes: [UInt8]) {
    guard let state = try? RestartState(decoding: bytes) else { return }
    let (written, leftOut) = state.encoded()
    require(leftOut.isEmpty, "left out: \(leftOut)")
    require((try? RestartState(decoding: written)) == state, "it is another state after \(bytes)")
    let (least, _) = state.encoded(atMost: 0)
    require((try? RestartState(decoding: least)) != nil, "what is left cannot be read after \(bytes)")
  }

  private static func checkClients(_ bytes: [UInt8]) {
    var table = ClientTable(capacity: capacity)
    let written = restored(bytes, { try table.restore(from: &$0, at: now) }, { table.write(to: &$0) })
    require(written != nil || table.count == 0, "clients of a broken table")
    require(table.count <= capacity, "\(table.count) clients")
    for client in table.busiest(at: now) { require(client.silentMilliseconds < 60_000, "\(client)") }
    require(table.expire(at: now) == 0, "a client that should have been forgotten")
    _ = table.expire(at: now + 60_000)
    require(table.count == 0, "a client for ever")
  }

  private static func checkLimiter(_ bytes: [UInt8], total: RateLimit?) {
    var limiter = RateLimiter(perClient: .standard, total: total, capacity: capacity)
    _ = restored(bytes, { try limiter.restore(from: &$0, at: now) }, { limiter.write(to: &$0) })
    let client = Endpoint(address: .loopbackIPv4, port: 5000)
    _ = limiter.refusal(of: client, at: now)
    // A full bucket is at most 2 seconds away.
    require(limiter.refusal(of: client, at: now + 10_000) == nil, "a debt for ever")
  }

  private static func checkImpaired(_ bytes: [UInt8], bytesPerSecond: Int?) {
    var impairment = Impairment()
    impairment.bytesPerSecond = bytesPerSecond
    var clients = ImpairedClients(Impairer(impairment, drawnSeed: 1), capacity: capacity)
    _ = restored(bytes, { try clients.restore(from: &$0, at: now) }, { clients.write(to: &$0) })
    let client = Endpoint(address: .loopbackIPv4, port: 5000)
    _ = clients.nextOutcome(for: client, byteCount: 65_507, at: now)
    let outcome = clients.nextOutcome(for: client, byteCount: 1, at: now + 300_000_000)
    require(outcome == .sent(ImpairedClients.Treatment()), "a line that is busy for ever")
  }

  private static func checkProxied(_ bytes: [UInt8], _ datagrams: ProxyProtocol.Datagrams) {
    guard let network = try? Prefix("127.0.0.0/8") else { return }
    let clients = ProxiedClients(
      ProxyProtocol(from: [network], datagrams: datagrams), keepsHeaders: true, capacity: capacity)
    _ = restored(bytes, { try clients.restore(from: &$0, at: now) }, { clients.write(to: &$0) })
    for port in [0, 5000] as [UInt16] {
      let peer = Endpoint(address: .loopbackIPv4, port: port)
      let origin = [UInt8(1)].withUnsafeBytes { clients.origin(of: $0, from: peer, at: now) }
      if case .client(let sender) = origin { require(sender.headerBytes == 0, "a header without one") }
    }
  }

  private static func checkResponder(_ bytes: [UInt8]) {
    var listener = ListenerConfiguration()
    listener.service = Service.stamp.name
    let counters = Counters()
    let responder = Service.stamp.makeResponder(
      ResponderSetting(listener: listener, hostName: "", counters: counters))
    let written = restored(
      bytes, { try responder.restore(from: &$0, at: now) }, { responder.write(to: &$0) })
    require(written != nil || responder.nextExpiry == nil, "sessions of a broken table")
    responder.expire(at: now)
    responder.expire(at: now + 60_000)
    require(counters.statistics[.sessionsCurrent] == 0 && responder.nextExpiry == nil, "a session for ever")
  }

  /// Restores a table twice: from the bytes, and from what it then writes, which must be what it writes again. `nil` if
  /// the bytes are broken.
  private static func restored(
    _ bytes: [UInt8], _ restore: (inout StateReader) throws -> Void, _ write: (inout StateWriter) -> Void
  ) -> [UInt8]? {
    var reader = StateReader(bytes)
    let isWhole = (try? restore(&reader)) != nil
    var first = StateWriter()
    write(&first)
    var again = StateReader(first.bytes)
    require((try? restore(&again)) != nil && again.bytesLeft == 0, "what it writes cannot be read: \(bytes)")
    var second = StateWriter()
    write(&second)
    require(first.bytes == second.bytes, "it writes something else the second time: \(bytes)")
    return isWhole ? first.bytes : nil
  }
}
