public import Addresses
import Glibc

/// A client's socket, made of plain libc calls so that it shares no code with what is tested.
///
/// Waiting suspends and blocks no thread, because the tests share few. A receive throws ``Timeout`` if nothing comes
/// within ``patienceSeconds``, so that a missing reply fails a test instead of blocking it.
public final class PlainSocket: Sendable {
  /// How long a test waits for something that must come.
  public static let patienceSeconds = 30

  /// A call that failed, with errno.
  public struct Failure: Error, CustomStringConvertible {
    /// The call and the reason.
    public let description: String
    /// The errno.
    public let code: Int32
  }

  /// A call that could do nothing for ``patienceSeconds``. It is no ``Failure``, so that a test that expects one fails.
  public struct Timeout: Error {
    /// The call.
    public let call: String
  }

  /// The descriptor, for options that have no method here.
  public let number: Int32

  /// Makes a socket, bound if an address is given.
  public convenience init(_ kind: Kind, boundTo local: Endpoint? = nil, isIPv6: Bool = false) throws {
    let domain = local.map { !$0.address.isIPv4 } ?? isIPv6 ? AF_INET6 : AF_INET
    try self.init(kind, domain: domain)
    if let local { try Self.withAddress(local) { _ = try Self.check("bind", bind(number, $0, $1)) } }
  }

  /// Connects to a TCP server.
  public convenience init(connectedTo server: Endpoint) throws {
    try self.init(.tcp, isIPv6: !server.address.isIPv4)
    try connect(to: server)
  }

  private init(_ kind: Kind, domain: Int32) throws {
    let type = kind == .udp ? SOCK_DGRAM : SOCK_STREAM
    // Otherwise a program that another test starts would keep the socket open.
    number = try Self.check("socket", socket(domain, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0))
  }

  deinit { close(number) }

  /// The transport.
  public enum Kind: Sendable {
    /// By datagrams.
    case udp
    /// By connections.
    case tcp
  }

  /// See connect(2).
  public func connect(to server: Endpoint) throws {
    try Self.withAddress(server) { _ = try Self.check("connect", Glibc.connect(number, $0, $1)) }
  }

  /// The local endpoint. See getsockname(2).
  public func localEndpoint() throws -> Endpoint {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    _ = try withUnsafeMutablePointer(to: &storage) {
      try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        try Self.check("getsockname", getsockname(number, $0, &length))
      }
    }
    return Self.endpoint(of: storage)
  }

  /// Sends a datagram. See sendto(2).
  public func send(_ bytes: [UInt8], to server: Endpoint) throws {
    try Self.withAddress(server) { address, length in
      _ = try Self.check("sendto", Int32(sendto(number, bytes, bytes.count, 0, address, length)))
    }
  }

  /// Receives a datagram and returns where it came from. See recvfrom(2).
  public func receiveDatagram() async throws -> (bytes: [UInt8], source: Endpoint) {
    var buffer = [UInt8](repeating: 0, count: 70_000)
    var storage = sockaddr_storage()
    let count = try await patiently("recvfrom") {
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      return withUnsafeMutablePointer(to: &storage) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          recvfrom(number, &buffer, buffer.count, Int32(MSG_DONTWAIT), $0, &length)
        }
      }
    }
    return (Array(buffer[..<count]), Self.endpoint(of: storage))
  }

  /// Sends all of it. See send(2).
  public func send(_ bytes: [UInt8]) async throws {
    var sent = 0
    while sent < bytes.count {
      sent += try await patiently("send") {
        bytes[sent...].withUnsafeBytes {
          Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
      }
    }
  }

  /// Sends until the kernel takes no more, and returns how much that was. See send(2), MSG_DONTWAIT.
  public func sendWhileItFits(_ chunk: [UInt8]) -> Int {
    var total = 0
    while true {
      let count = Glibc.send(
        number, chunk, chunk.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      if count < 0 { return total }
      total += count
    }
  }

  /// Whether the peer's kernel has received everything that was sent. See tcp(7), SIOCOUTQ.
  public var isAcknowledged: Bool {
    var byteCount: Int32 = 0
    return ioctl(number, UInt(TIOCOUTQ), &byteCount) == 0 && byteCount == 0
  }

  /// Receives the next bytes; empty at the end of the connection. See recv(2).
  public func receive(upTo limit: Int = 65_536) async throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = try await patiently("recv") { recv(number, &buffer, buffer.count, Int32(MSG_DONTWAIT)) }
    return Array(buffer[..<count])
  }

  /// Receives that many bytes, or fewer if the connection ends before.
  public func receive(exactly count: Int) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let next = try await receive(upTo: min(65_536, count - bytes.count))
      if next.isEmpty { break }
      bytes += next
    }
    return bytes
  }

  /// Receives everything up to the end of the connection.
  public func receiveToEnd() async throws -> [UInt8] { try await receive(exactly: .max) }

  /// The same; `nil` if the connection ends with a reset.
  public func receiveToEndOrReset() async throws -> [UInt8]? {
    do {
      return try await receiveToEnd()
    } catch let failure as Failure where failure.code == ECONNRESET {
      return nil
    }
  }

  /// Whether something waits to be received at this moment.
  public func hasInput() -> Bool {
    var byte: UInt8 = 0
    return recv(number, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) >= 0
  }

  /// Sends bytes, the last of them urgent. See tcp(7), MSG_OOB.
  public func sendUrgently(_ bytes: [UInt8]) {
    _ = Glibc.send(number, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_OOB))
  }

  /// Ends our side of the connection. See shutdown(2).
  public func shutdownSending() { shutdown(number, Int32(SHUT_WR)) }

  /// Makes close(2) reset the connection. See socket(7), SO_LINGER.
  public func resetOnClose() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(number, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  /// Limits what the kernel buffers for a slow reader. See socket(7), SO_RCVBUF.
  public func setReceiveBuffer(_ bytes: Int32) {
    var bytes = bytes
    setsockopt(number, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
  }

  func patiently(_ call: String, _ attempt: () -> Int) async throws -> Int {
    let start = time(nil)
    while true {
      let result = attempt()
      if result >= 0 { return result }
      guard errno == EAGAIN else { return Int(try Self.check(call, Int32(result))) }
      guard time(nil) - start < Self.patienceSeconds else { throw Timeout(call: call) }
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  private static func check(_ call: String, _ result: Int32) throws -> Int32 {
    guard result >= 0 else {
      throw Failure(description: "\(call): \(String(cString: strerror(errno)))", code: errno)
    }
    return result
  }

  private static func withAddress<Result>(
    _ endpoint: Endpoint, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Result
  ) rethrows -> Result {
    if let v4 = endpoint.address.v4Bits {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = endpoint.port.bigEndian
      address.sin_addr.s_addr = v4.bigEndian
      return try withUnsafePointer(to: address) {
        try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          try body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    } else {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = endpoint.port.bigEndian
      address.sin6_addr = endpoint.address.in6
      address.sin6_scope_id = endpoint.scope
      return try withUnsafePointer(to: address) {
        try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          try body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
      }
    }
  }

  private static func endpoint(of storage: sockaddr_storage) -> Endpoint {
    withUnsafeBytes(of: storage) { bytes in
      if Int32(storage.ss_family) == AF_INET6 {
        let address = bytes.loadUnaligned(as: sockaddr_in6.self)
        return Endpoint(
          address: IPAddress(address.sin6_addr), port: UInt16(bigEndian: address.sin6_port),
          scope: address.sin6_scope_id)
      }
      let address = bytes.loadUnaligned(as: sockaddr_in.self)
      return Endpoint(
        address: IPAddress(v4: UInt32(bigEndian: address.sin_addr.s_addr)),
        port: UInt16(bigEndian: address.sin_port))
    }
  }
}

extension PlainSocket {
  /// Lets other sockets of this user bind the port too. See socket(7), SO_REUSEPORT.
  public func sharePort() {
    var yes: Int32 = 1
    setsockopt(number, SOL_SOCKET, SO_REUSEPORT, &yes, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Lets datagrams be sent to broadcast addresses. See socket(7), SO_BROADCAST.
  public func allowBroadcast() {
    var yes: Int32 = 1
    setsockopt(number, SOL_SOCKET, SO_BROADCAST, &yes, socklen_t(MemoryLayout<Int32>.size))
  }
}

extension PlainSocket {
  /// Connects to a server in the file system. See unix(7).
  public convenience init(connectedToUnixPath path: String) throws {
    try self.init(.tcp, domain: AF_UNIX)
    try Self.withUnixAddress(path) { _ = try Self.check("connect", Glibc.connect(number, $0, $1)) }
  }

  /// Leaves a socket file that no process is listening on.
  public static func leaveUnixSocket(at path: String) throws {
    let owner = try PlainSocket(.tcp, domain: AF_UNIX)
    try withUnixAddress(path) { _ = try check("bind", bind(owner.number, $0, $1)) }
  }

  private static func withUnixAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Void
  ) throws {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    try withUnsafePointer(to: address) {
      try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        // An abstract name begins with a NUL, and its length says where it ends.
        let begin = MemoryLayout<sa_family_t>.size
        let isAbstract = path.utf8.first == 0
        try body($0, socklen_t(isAbstract ? begin + path.utf8.count : MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}

extension PlainSocket {
  /// Receives datagrams in the file system, as systemd does on NOTIFY_SOCKET. See unix(7).
  public convenience init(hearingAtUnixPath path: String) throws {
    try self.init(.udp, domain: AF_UNIX)
    try Self.withUnixAddress(path) { _ = try Self.check("bind", bind(number, $0, $1)) }
  }
}

extension PlainSocket {
  /// Connects to a server that may accept late. See connect(2), EINPROGRESS.
  public func connectPatiently(to server: Endpoint) async throws {
    guard fcntl(number, F_SETFL, O_NONBLOCK) == 0 else {
      throw Failure(description: "fcntl", code: errno)
    }
    _ = try await patiently("connect") {
      let result = Self.withAddress(server) { Glibc.connect(number, $0, $1) }
      if result < 0, errno == EINPROGRESS || errno == EALREADY { errno = EAGAIN }
      return Int(result)
    }
  }
}
