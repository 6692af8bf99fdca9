public import Addresses
import CLinux
import Glibc
import SystemPackage

extension Host {
  /// The addresses of its interfaces at this moment; `nil` when the kernel does not say.
  ///
  /// getifaddrs(3) would tell as much, through a netlink socket: a service that is confined to internet and Unix
  /// sockets has none.
  public static func interfaceAddresses() -> Set<IPAddress>? {
    do throws(Errno) {
      return try InterfaceAddresses.ipv4().union(InterfaceAddresses.ipv6())
    } catch {
      return nil
    }
  }
}

/// The addresses of the interfaces, a family at a time.
enum InterfaceAddresses {
  /// The most bytes that are taken of the kernel's answer for a family: 26,000 IPv4 addresses, or 19,000 of IPv6.
  /// Addresses beyond are not known.
  static let byteLimit = 1 << 20

  /// Where the kernel lists the IPv6 addresses. It is the thread's file: the process's is gone when its first thread has
  /// ended. See proc(5).
  static let ipv6Path = "/proc/thread-self/net/if_inet6"

  /// The IPv4 addresses, secondary ones too. See netdevice(7), SIOCGIFCONF.
  ///
  /// - Parameters:
  ///   - capacity: how many addresses there is room for at first; the room grows until they fit.
  static func ipv4(capacity: Int = 64) throws(Errno) -> Set<IPAddress> {
    let socket = Descriptor(owning: try SystemCall.retrying { clinux_socket(AF_INET, false) })
    let limit = byteLimit / MemoryLayout<ifreq>.stride
    var capacity = min(max(1, capacity), limit)
    var requests = try configuration(of: socket, capacity: capacity)
    // The kernel says nothing of what it left out: there may be more when no room is left.
    while requests.count == capacity, capacity < limit {
      capacity = min(2 * capacity, limit)
      requests = try configuration(of: socket, capacity: capacity)
    }
    return Set(requests.compactMap(address))
  }

  /// The IPv6 addresses; none on a system without IPv6, where the file is not there. See proc(5), /proc/net/if_inet6.
  static func ipv6(file path: String = ipv6Path) throws(Errno) -> Set<IPAddress> {
    do throws(Errno) {
      return addresses(inFile: try contents(of: path))
    } catch .noSuchFileOrDirectory {
      return []
    }
  }

  /// Reads lines such as `fe800000000000000000000000000001 04 40 20 80 eth0`: the address, the interface's index, the
  /// prefix's length, the scope, flags, the interface's name. Lines of another form hold no address.
  static func addresses(inFile bytes: [UInt8]) -> Set<IPAddress> {
    Set(bytes.split(separator: UInt8(ascii: "\n")).compactMap(address))
  }

  private static func address(inLine line: ArraySlice<UInt8>) -> IPAddress? {
    let fields = line.split(separator: UInt8(ascii: " "))
    guard fields.count == 6, fields[0].count == 32 else { return nil }
    let digits = String(decoding: fields[0], as: UTF8.self)
    // A number could have a sign before its digits.
    guard digits.allSatisfy(\.isHexDigit) else { return nil }
    return UInt128(digits, radix: 16).map(IPAddress.init(bits:))
  }

  private static func address(of request: ifreq) -> IPAddress? {
    withUnsafeBytes(of: request.ifr_ifru.ifru_addr) { Endpoint(socketAddress: $0)?.address }
  }

  private static func configuration(
    of socket: borrowing Descriptor, capacity: Int
  ) throws(Errno) -> ArraySlice<ifreq> {
    let number = socket.number
    var requests = [ifreq](repeating: ifreq(), count: capacity)
    let length = try requests.withUnsafeMutableBufferPointer { buffer throws(Errno) in
      var configuration = ifconf()
      configuration.ifc_len = Int32(clamping: buffer.count * MemoryLayout<ifreq>.stride)
      configuration.ifc_ifcu.ifcu_req = buffer.baseAddress
      _ = try SystemCall.retrying { ioctl(number, UInt(SIOCGIFCONF), &configuration) }
      return Int(configuration.ifc_len)
    }
    return requests.prefix(max(0, length) / MemoryLayout<ifreq>.stride)
  }

  private static func contents(of path: String) throws(Errno) -> [UInt8] {
    let file = Descriptor(owning: try SystemCall.retrying { open(path, O_RDONLY | O_CLOEXEC) })
    let number = file.number
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    while contents.count < byteLimit {
      let wanted = min(buffer.count, byteLimit - contents.count)
      let count = try SystemCall.retrying { read(number, &buffer, wanted) }
      if count == 0 { break }
      contents += buffer.prefix(count)
    }
    return contents
  }
}
