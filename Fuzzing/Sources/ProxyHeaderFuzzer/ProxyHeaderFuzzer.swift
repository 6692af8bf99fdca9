import Addresses
import EchoCore
import Glibc
import LibFuzzer

/// Any bytes are read as a header or refused, without a crash and never beyond their end. A header is the same with and
/// without what follows it, and incomplete without its last byte. What it says can be written and read again.
@main
enum ProxyHeaderFuzzer {
  static func main() {
    fuzz { start, count in
      ProxyHeaderFuzzer.check(UnsafeRawBufferPointer(start: start, count: count))
      return 0
    }
  }

  private static func check(_ bytes: UnsafeRawBufferPointer) {
    check(bytes, .any)
    check(bytes, .second)
  }

  private static func check(_ bytes: UnsafeRawBufferPointer, _ versions: ProxyHeader.Versions) {
    let reading = read(bytes, versions)
    // How many bytes arrive at a time only affects when a header is complete or refused.
    let half = UnsafeRawBufferPointer(rebasing: bytes.prefix(bytes.count / 2))
    switch (read(half, versions), reading) {
    case (.incomplete, _): break
    case (.invalid, let whole): require(whole == .invalid, "more bytes made a wrong header right")
    case (.header(let header), let whole): require(whole == .header(header), "more bytes changed a header")
    }
    switch reading {
    case .invalid: break
    case .incomplete:
      let limit = bytes.first == 0x0D ? ProxyHeader.byteLimit : 107
      require(bytes.count < limit, "more bytes are needed than a header has")
    case .header(let header): check(header, bytes, versions)
    }
  }

  private static func check(
    _ header: ProxyHeader, _ bytes: UnsafeRawBufferPointer, _ versions: ProxyHeader.Versions
  ) {
    let least = header.version == 1 ? "PROXY UNKNOWN\r\n".utf8.count : 16
    require((least...bytes.count).contains(header.byteCount), "\(header.byteCount) of \(bytes.count) bytes")
    require(header.version == (bytes[0] == 0x0D ? 2 : 1), "version \(header.version)")
    require(versions == .any || header.version == 2, "version 1 was taken")
    require((header.source == nil) == (header.destination == nil), "only one endpoint")
    let alone = UnsafeRawBufferPointer(rebasing: bytes[..<header.byteCount])
    require(read(alone, versions) == .header(header), "it was read beyond its end")
    let cut = UnsafeRawBufferPointer(rebasing: bytes[..<(header.byteCount - 1)])
    require(read(cut, versions) == .incomplete, "it was read before its end")
    for (field, limit) in [(header.authority, 255), (header.alpn, 255), (header.uniqueID, 128)] {
      guard let field else { continue }
      require(header.version == 2 && header.command == .proxy, "a value where none can be")
      require(field.offset >= 16 + 3 && Int(field.byteCount) <= limit, "a value in a wrong place: \(field)")
      require(
        Int(field.offset) + Int(field.byteCount) <= header.byteCount, "a value beyond the end: \(field)")
    }
    if let source = header.source, let destination = header.destination {
      require(header.command == .proxy, "a LOCAL says who the client is")
      checkRoundTrip(header.version, source, destination)
    }
  }

  private static func checkRoundTrip(_ version: Int, _ source: Endpoint, _ destination: Endpoint) {
    let isPossible = source.address.isIPv4 == destination.address.isIPv4
    for transport in version == 1 ? [Transport.tcp] : [.tcp, .udp] {
      let bytes = ProxyHeader.bytes(version: version, from: source, to: destination, over: transport)
      require((bytes != nil) == isPossible, "written or not: \(source) \(destination)")
      guard let bytes else { continue }
      guard case .header(let again) = bytes.withUnsafeBytes({ read($0, .any) }) else {
        fatalError("it is not read as it is written: \(bytes)")
      }
      require(
        again.source == source && again.destination == destination && again.version == version
          && again.byteCount == bytes.count, "\(source) \(destination) became \(again)")
    }
  }

  /// Reads from memory of exactly this size, so that the address sanitizer notices a read beyond it.
  private static func read(
    _ bytes: UnsafeRawBufferPointer, _ versions: ProxyHeader.Versions
  ) -> ProxyHeader.Reading {
    guard let copy = malloc(bytes.count) else { fatalError("no memory") }
    defer { free(copy) }
    if let start = bytes.baseAddress { memcpy(copy, start, bytes.count) }
    return ProxyHeader.read(UnsafeRawBufferPointer(start: copy, count: bytes.count), versions)
  }
}
