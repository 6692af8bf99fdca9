public import Addresses
import Glibc
import SystemPackage

/// The kernel's table of the sockets on a port, of every process in this network namespace. See proc_pid_net(5).
public struct PortTable: Sendable {
  /// A socket that is bound to the port.
  public struct Entry: Equatable, Sendable {
    /// The address that it is bound to, which may be a wildcard.
    public let address: IPAddress
    /// The number that identifies it: see ``Descriptor/socketNumber``.
    public let socketNumber: UInt64
  }

  /// The sockets. The table does not say which interface a socket is on, or whether one on `::` is IPv6-only.
  public let entries: [Entry]

  /// Reads the UDP sockets on a port, or the TCP sockets that listen on it. Empty if /proc cannot be read.
  public init(ofPort port: UInt16, isTCP: Bool) {
    entries = (isTCP ? ["tcp", "tcp6"] : ["udp", "udp6"]).flatMap { table in
      Self.entries(of: "/proc/self/net/" + table, onPort: port, listeningOnly: isTCP)
    }
  }

  /// Reads a table. The kernel prints it in parts, and a line twice if sockets are bound in between.
  static func entries(of path: String, onPort port: UInt16, listeningOnly: Bool) -> [Entry] {
    guard let file = fopen(path, "re") else { return [] }
    defer { fclose(file) }
    var (line, capacity) = (UnsafeMutablePointer<CChar>?.none, 0)
    defer { free(line) }
    var entries: [Entry] = []
    Entry.text(of: port).withCString { wanted in
      while getline(&line, &capacity, file) > 0, let line {
        // A busy server's table has many thousands of lines, nearly all of them about other ports.
        guard strstr(line, wanted) != nil else { continue }
        let entry = Entry(String(cString: line), onPort: port, listeningOnly: listeningOnly)
        if let entry, !entries.contains(entry) { entries.append(entry) }
      }
    }
    return entries
  }
}

extension PortTable.Entry {
  /// The state of a listening socket, as in the kernel's include/net/tcp_states.h.
  private static let listening = "0A"

  /// A port as it is written in the table.
  fileprivate static func text(of port: UInt16) -> String {
    let digits = String(port, radix: 16, uppercase: true)
    return ":" + String(repeating: "0", count: 4 - digits.count) + digits + " "
  }

  /// Reads a line of the table: number, local address, remote address, state, queues, timer, retransmissions, user,
  /// timeout, inode. `nil` for a line about another port, and for the heading.
  init?(_ line: String, onPort port: UInt16, listeningOnly: Bool) {
    let fields = line.split(whereSeparator: \.isWhitespace)
    guard fields.count > 9, let colon = fields[1].lastIndex(of: ":"),
      UInt16(fields[1][fields[1].index(after: colon)...], radix: 16) == port,
      !listeningOnly || fields[3] == Self.listening,
      let address = IPAddress(hexadecimal: fields[1][..<colon]), let inode = UInt64(fields[9])
    else { return nil }
    self.init(address: address, socketNumber: inode)
  }
}

extension IPAddress {
  /// Reads an address as the kernel prints it: words of 32 bits in network byte order, each printed as if it were in
  /// the machine's byte order.
  fileprivate init?(hexadecimal text: Substring) {
    let digitsPerWord = 8
    var (bits, rest) = (UInt128(0), text)
    while !rest.isEmpty {
      guard let word = UInt32(rest.prefix(digitsPerWord), radix: 16) else { return nil }
      bits = bits << 32 | UInt128(UInt32(bigEndian: word))
      rest = rest.dropFirst(digitsPerWord)
    }
    switch text.count {
    case digitsPerWord: self.init(v4: UInt32(truncatingIfNeeded: bits))
    case 4 * digitsPerWord: self.init(bits: bits)
    default: return nil
    }
  }
}

extension Descriptor {
  /// The number of a socket in the kernel's tables: its inode. See proc_pid_fd(5).
  public var socketNumber: UInt64 {
    var status = stat()
    return fstat(number, &status) == 0 ? UInt64(status.st_ino) : 0
  }
}
