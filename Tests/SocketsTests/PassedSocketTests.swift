import Addresses
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Sockets

@Suite("A passed socket")
struct PassedSocketTests {
  /// What a descriptor is taken for.
  private enum Kind { case datagram, listening }

  private func kind(_ socket: borrowing PassedSocket) -> Kind {
    switch socket {
    case .datagram: .datagram
    case .listening: .listening
    }
  }

  @Test(
    "of UDP is one that tells destinations, never blocks and ends with this process",
    arguments: ["0.0.0.0", "::"])
  func datagram(address: String) throws {
    let passed = try PlainSocket(.udp, boundTo: .at(address))
    let number = dup(passed.number)
    guard case .datagram(let socket) = try PassedSocket(owning: number) else {
      Issue.record("taken for a listening socket")
      return
    }
    #expect(fcntl(number, F_GETFL) & O_NONBLOCK != 0 && fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
    let server = try Endpoint.at("127.0.0.2", port: passed.localEndpoint().port)
    #expect(try socket.descriptor.localEndpoint()?.port == server.port)
    try PlainSocket(.udp).send([1], to: server)
    #expect(try socket.descriptor.wait(for: .readable, milliseconds: patience))
    var batch = DatagramBatch()
    try #require(batch.receive(from: socket) == 1)
    #expect(batch.datagram(at: 0).destination?.local == server.address)
    let client = try PlainSocket(.udp)
    client.allowBroadcast()
    try client.send([1], to: .at("127.255.255.255", port: server.port))
    #expect(try socket.descriptor.wait(for: .readable, milliseconds: patience))
    try #require(batch.receive(from: socket) == 1)
    #expect(batch.datagram(at: 0).destination?.isForGroup == true)
  }

  @Test("of TCP that listens is one, never blocks and ends with this process")
  func listening() throws {
    let passed = try PlainSocket(.tcp, boundTo: .at("127.0.0.1"))
    try #require(listen(passed.number, 8) == 0)
    let number = dup(passed.number)
    guard case .listening(let socket) = try PassedSocket(owning: number) else {
      Issue.record("taken for a datagram socket")
      return
    }
    #expect(fcntl(number, F_GETFL) & O_NONBLOCK != 0 && fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
    let isNone = try socket.accept() == nil
    #expect(isNone)
    let client = try PlainSocket(connectedTo: passed.localEndpoint())
    #expect(try socket.acceptNext().peer == client.localEndpoint())
  }

  @Test("in the file system that listens is one")
  func unixListening() throws {
    let directory = try TemporaryDirectory()
    let listening = try ListeningSocket(unixPath: directory.file("socket"), backlog: 8)
    #expect(try kind(PassedSocket(owning: dup(listening.descriptor.number))) == .listening)
  }

  @Test("keeps the options that an earlier process set")
  func options() throws {
    let udp = try DatagramSocket(boundTo: .at("::"), BindOptions(isIPv6Only: true))
    _ = try udp.setReceiveBuffer(bytes: 8192)
    _ = try udp.setSendBuffer(bytes: 8192)
    try udp.descriptor.sharePort()
    let tcp = try ListeningSocket(boundTo: .at("::"), BindOptions(isIPv6Only: true), backlog: 4000)
    try tcp.descriptor.sharePort()
    try tcp.descriptor.setKeepAlive(KeepAlive(idleSeconds: 77))
    for number in [udp.descriptor.number, tcp.descriptor.number] {
      let before = try optionValues(of: number)
      let backlog = try backlog(of: number)
      _ = try PassedSocket(owning: dup(number))
      #expect(try optionValues(of: number) == before)
      #expect(try self.backlog(of: number) == backlog)
    }
  }

  /// Every option that is a number, of the levels that a socket has here.
  private func optionValues(of number: Int32) throws -> [String: Int32] {
    var values: [String: Int32] = [:]
    for level in [SOL_SOCKET, Int32(IPPROTO_IP), Int32(IPPROTO_IPV6), Int32(IPPROTO_TCP)] {
      // TCP_INFO, the clock of TCP's timestamps, and the processor that the socket's last packet came to, change by
      // themselves.
      for name in Int32(1)..<100 where ![TCP_INFO, TCP_TIMESTAMP, SO_INCOMING_CPU].contains(name) {
        var (value, length) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        if getsockopt(number, level, name, &value, &length) == 0, length == 4 {
          values["\(level) \(name)"] = value
        }
      }
    }
    return values
  }

  /// How many connections may wait. See tcp(7), TCP_INFO: of a listening socket, tcpi_sacked.
  private func backlog(of number: Int32) throws -> UInt32 {
    var info = tcp_info()
    var length = socklen_t(MemoryLayout<tcp_info>.size)
    return getsockopt(number, Int32(IPPROTO_TCP), TCP_INFO, &info, &length) == 0 ? info.tcpi_sacked : 0
  }

  @Test("of TCP that does not listen is refused")
  func otherStreams() throws {
    let bound = try PlainSocket(.tcp, boundTo: .at("127.0.0.1"))
    #expect(throws: Errno.protocolWrongTypeForSocket) { _ = try PassedSocket(owning: dup(bound.number)) }
    let pair = try ConnectedPair()
    let connected = dup(pair.peer.number)
    #expect(throws: Errno.protocolWrongTypeForSocket) { _ = try PassedSocket(owning: connected) }
  }

  @Test("of datagrams in the file system is refused")
  func unixDatagrams() throws {
    let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    try #require(number >= 0)
    #expect(throws: Errno.protocolWrongTypeForSocket) { _ = try PassedSocket(owning: number) }
  }

  @Test("that is no socket is refused and closed")
  func pipes() throws {
    let (reader, writer) = try makePipe()
    let reading = Descriptor(owning: reader)
    #expect(throws: Errno.notSocket) { _ = try PassedSocket(owning: writer) }
    // The pipe is at its end: nobody can write any more.
    #expect(try reading.wait(for: .readable, milliseconds: patience))
  }
}
