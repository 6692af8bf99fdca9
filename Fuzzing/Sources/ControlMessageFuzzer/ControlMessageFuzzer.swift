import Addresses
import Glibc
import LibFuzzer

@testable import Sockets

/// Any bytes in the place of a datagram's control messages, or of its source's name, are read without a crash and
/// never beyond their end; what a second reader finds is found; what is written is read as it was meant.
@main
enum ControlMessageFuzzer {
  static func main() {
    fuzz { start, count in
      ControlMessageFuzzer.check(UnsafeRawBufferPointer(start: start, count: count))
      return 0
    }
  }

  private static func check(_ input: UnsafeRawBufferPointer) {
    guard let kind = input.first else { return }
    let bytes = Array(input.dropFirst())
    switch kind % 3 {
    case 0: checkControl(bytes)
    case 1: checkControl(assembled(bytes[...]))
    default: checkName(bytes)
    }
  }

  private static func checkControl(_ bytes: [UInt8]) {
    let read = withExactly(bytes) { room in
      var header = msghdr()
      header.msg_control = room.baseAddress
      header.msg_controllen = room.count
      return PacketInfo(reading: &header)
    }
    let expected = Finding(in: bytes)
    require(read.map(Finding.init) == expected, "read \(read as Any), and there is \(expected as Any)")
    if let read {
      checkGroup(read)
      checkReply(from: read)
    }
    let header = withExactly(bytes) { room in
      var header = msghdr()
      header.msg_control = room.baseAddress
      header.msg_controllen = room.count
      return PacketReport(reading: &header)
    }
    require(
      header == PacketReport(foundIn: bytes), "read \(header), and there is \(PacketReport(foundIn: bytes))")
  }

  /// What is not for a group is answered from the address that it was sent to, and that is one host's.
  private static func checkGroup(_ info: PacketInfo) {
    let octets = withUnsafeBytes(of: info.destination.in6) { Array($0) }
    let isGroup =
      info.destination.isIPv4
      ? (224...239).contains(octets[12]) || octets[12...].allSatisfy { $0 == 255 } : octets[0] == 0xFF
    require(info.isForGroup == (isGroup || info.local != info.destination), "for a group or not: \(info)")
  }

  private static func checkReply(from info: PacketInfo) {
    withExactly([UInt8](repeating: 0xAA, count: info.isIPv6Message ? 40 : 32)) { room in
      var header = msghdr()
      guard let start = room.baseAddress else { return }
      info.write(to: &header, room: start)
      require(header.msg_control == start && header.msg_controllen == room.count, "another size")
      let again = PacketInfo(reading: &header)
      require(
        again?.local == info.local && again?.isIPv6Message == info.isIPv6Message, "from elsewhere: \(info)")
      require(again?.interface == (info.local.isIPv6LinkLocal ? info.interface : 0), "to elsewhere: \(info)")
    }
  }

  /// The bytes as a socket's name: in exactly so much memory, and in a `sockaddr_storage` together with any length,
  /// for the kernel tells the whole length of a name that it cut.
  private static func checkName(_ bytes: [UInt8]) {
    if let endpoint = withExactly(bytes, { Endpoint(socketAddress: UnsafeRawBufferPointer($0)) }) {
      let isIPv4 = Int32(bytes[0]) | Int32(bytes[1]) << 8 == AF_INET
      let written = SocketAddress(endpoint, family: isIPv4 ? .ipv4 : .ipv6)
      require(written.endpoint == endpoint, "\(endpoint) is not read as it is written")
      require(Int(written.length) <= bytes.count, "\(endpoint) was read of too few bytes")
    }
    guard let length = bytes.last else { return }
    var address = SocketAddress()
    address.withMutablePointer { name, nameLength in
      UnsafeMutableRawBufferPointer(start: name, count: Int(nameLength.pointee)).copyBytes(
        from: bytes.prefix(128))
      nameLength.pointee = socklen_t(length)
    }
    guard let path = address.unixPath else { return }
    require(address.endpoint == nil, "both a path and an endpoint")
    require(!path.isEmpty && !path.utf8.contains(0), "no path: \(path)")
    // Bytes that are no UTF-8 were replaced, which can make it too long.
    if let written = SocketAddress(unixPath: path) {
      require(written.unixPath == path, "\(path) is not read as it is written")
    }
  }

  /// Lends the bytes on the heap, with nothing of ours behind them: the address sanitizer sees a read that goes on.
  private static func withExactly<Result>(
    _ bytes: [UInt8], _ body: (UnsafeMutableRawBufferPointer) -> Result
  ) -> Result {
    // The kernel's room is aligned.
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    defer { room.deallocate() }
    room.copyBytes(from: bytes)
    return body(room)
  }
}
