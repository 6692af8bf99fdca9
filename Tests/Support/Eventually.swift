import Addresses
import Glibc
import Synchronization

/// Waits until a condition holds, checking it with a pause in between for at most ``PlainSocket/patienceSeconds``. Returns
/// whether it held.
public func eventually(
  every pause: Duration = .milliseconds(5), _ condition: () async throws -> Bool
) async rethrows -> Bool {
  let start = time(nil)
  while time(nil) - start < PlainSocket.patienceSeconds {
    if try await condition() { return true }
    try? await Task.sleep(for: pause)
  }
  // On a busy machine a single pause may take all of the time.
  return try await condition()
}

extension [UInt8] {
  /// Whether these are the same bytes: `==`, for bulk. See memcmp(3).
  public func isSame(as other: [UInt8]) -> Bool {
    count == other.count && memcmp(self, other, count) == 0
  }
}

/// Bytes without a pattern, so that a shift shows. The same seed makes the same bytes.
public func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = seed
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 33)
  }
}

/// What the uppercase service makes of bytes, in a second, different implementation.
public func inCapitals(_ bytes: [UInt8]) -> [UInt8] {
  let capitals = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
  return bytes.map { byte in
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? capitals[Int(byte - UInt8(ascii: "a"))] : byte
  }
}

/// How many ports were handed out, from a random start. The thread sanitizer understands an atomic, but no `Mutex`.
private let portsGiven = Atomic<Int>(Int.random(in: 0..<portRange.count))
private let portRange = 10_000..<30_000

/// A port that was free a moment ago on both transports, for tests that cannot let the kernel choose. It is below
/// net.ipv4.ip_local_port_range, so that the kernel gives it to no client, and returned only once in 20,000 calls.
public func freePort() -> UInt16 {
  while true {
    let number = portsGiven.wrappingAdd(1, ordering: .relaxed).newValue
    let port = UInt16(portRange.lowerBound + number % portRange.count)
    let endpoint = Endpoint(address: .anyIPv6, port: port)
    let isFree = [PlainSocket.Kind.tcp, .udp].allSatisfy { (try? PlainSocket($0, boundTo: endpoint)) != nil }
    if isFree { return port }
  }
}

extension Sequence where Self: Sendable {
  /// The transformed elements, awaited one after another.
  public func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await transform(element)) }
    return results
  }
}
