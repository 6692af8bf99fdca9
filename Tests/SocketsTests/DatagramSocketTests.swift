import Addresses
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Sockets

@Suite("A UDP socket")
struct DatagramSocketTests {
  private func received(_ result: IOResult<Int>) -> Int? {
    if case .done(let count) = result { count } else { nil }
  }

  @Test(
    "tells where it is bound, the kernel's choice of a port included", arguments: ["127.0.0.1", "::1", "::"])
  func localEndpoint(address: String) throws {
    let socket = try DatagramSocket(boundTo: .at(address))
    let endpoint = try #require(try socket.descriptor.localEndpoint())
    #expect(endpoint.address == IPAddress(address) && endpoint.port != 0)
  }

  @Test("has its port for itself until it shares it", arguments: ["127.0.0.1", "::"])
  func sharedPort(address: String) throws {
    let first = try DatagramSocket(boundTo: .at(address))
    let endpoint = try #require(try first.descriptor.localEndpoint())
    for sharing in [false, true] {
      #expect(throws: Errno.addressInUse) {
        _ = try DatagramSocket(boundTo: endpoint, sharingPort: sharing)
      }
    }
    try first.descriptor.sharePort()
    #expect(throws: Errno.addressInUse) { _ = try DatagramSocket(boundTo: endpoint) }
    let second = try DatagramSocket(boundTo: endpoint, sharingPort: true)
    #expect(try second.descriptor.localEndpoint() == endpoint)
  }

  @Test("leaves IPv4 to another on the same port where it is told to")
  func ipv6Only() throws {
    let wildcard = try DatagramSocket(boundTo: .at("::", port: freePort()), BindOptions(isIPv6Only: true))
    let port = try #require(try wildcard.descriptor.localEndpoint()).port
    let other = try DatagramSocket(boundTo: .at("0.0.0.0", port: port))
    try PlainSocket(.udp).send([1], to: .at("127.0.0.1", port: port))
    #expect(try other.descriptor.wait(for: .readable, milliseconds: patience))
    #expect(try !wildcard.dropDatagram() && other.dropDatagram())
  }

  @Test("is bound to an interface, and to an address that is not this machine's, without a privilege")
  func options() throws {
    let loopback = try #require(NetworkInterface.index(of: "lo"))
    for address in ["0.0.0.0", "::"] {
      let socket = try DatagramSocket(boundTo: .at(address), BindOptions(interface: loopback))
      #expect(try socket.descriptor.interfaceName() == "lo")
      let other = try DatagramSocket(boundTo: .at(address))
      #expect(try other.descriptor.interfaceName() == nil)
    }
    for address in ["203.0.113.77", "2001:db8::77"] {
      let socket = try DatagramSocket(boundTo: .at(address), BindOptions(freeBind: true))
      #expect(try socket.descriptor.localEndpoint()?.address == IPAddress(address))
    }
  }

  @Test("stops receiving on an interface too", arguments: ["0.0.0.0", "::", "127.0.0.1", "::1"])
  func stopReceiving(address: String) throws {
    let options = BindOptions(interface: try #require(NetworkInterface.index(of: "lo")))
    let socket = try DatagramSocket(boundTo: .at(address), options)
    let port = try #require(try socket.descriptor.localEndpoint()).port
    try socket.stopReceiving()
    let isIPv6 = address.contains(":")
    let client = try PlainSocket(.udp, isIPv6: isIPv6)
    try client.send([1], to: .at(isIPv6 ? "::1" : "127.0.0.1", port: port))
    #expect(try !socket.dropDatagram())
  }

  @Test("drops one datagram at a time, whatever its size, until none is waiting")
  func dropped() throws {
    let socket = try DatagramSocket(boundTo: .at("127.0.0.1"))
    let client = try PlainSocket(.udp)
    for size in [0, 1, 65_507] {
      try client.send(noise(size), to: #require(try socket.descriptor.localEndpoint()))
    }
    for _ in 0..<3 {
      #expect(try socket.descriptor.wait(for: .readable, milliseconds: patience))
      #expect(try socket.dropDatagram())
    }
    #expect(try !socket.dropDatagram())
  }

  @Test("tells once how many datagrams found its receive buffer full", arguments: ["127.0.0.1", "::1", "::"])
  func kernelDrops(address: String) throws {
    let socket = try DatagramSocket(boundTo: .at(address))
    _ = try socket.setReceiveBuffer(bytes: 4096)
    #expect(socket.takeKernelDrops() == 0)
    let place = try #require(try socket.descriptor.localEndpoint())
    let server = try Endpoint.at(address == "::" ? "127.0.0.1" : address, port: place.port)
    let client = try PlainSocket(.udp, isIPv6: !server.address.isIPv4)
    for round in 1...2 {
      for _ in 0..<100 { try client.send([1], to: server) }
      var waiting = 0
      while try socket.dropDatagram() { waiting += 1 }
      #expect(waiting > 0 && socket.takeKernelDrops() == 100 - waiting, "round \(round)")
      #expect(socket.takeKernelDrops() == 0)
    }
  }

  @Test(
    "lets routers fragment what it sends over IPv4, and sends small fragments over IPv6, passed or not",
    arguments: ["127.0.0.1", "0.0.0.0", "::1", "::"])
  func fragments(address: String) throws {
    let passed = try PlainSocket(.udp, boundTo: .at(address))
    guard case .datagram(let taken) = try PassedSocket(owning: dup(passed.number)) else {
      Issue.record("taken for a listening socket")
      return
    }
    try expectFragments(of: taken.descriptor, isIPv6: address.contains(":"))
    try expectFragments(of: DatagramSocket(boundTo: .at(address)).descriptor, isIPv6: address.contains(":"))
  }

  private func expectFragments(of socket: borrowing Descriptor, isIPv6: Bool) throws {
    #expect(try SystemCall.option(socket, level: Int32(IPPROTO_IP), IP_MTU_DISCOVER) == IP_PMTUDISC_DONT)
    guard isIPv6 else { return }
    #expect(
      try SystemCall.option(socket, level: Int32(IPPROTO_IPV6), IPV6_MTU_DISCOVER) == IPV6_PMTUDISC_WANT)
  }

  @Test("is refused an address that is not this machine's")
  func foreignAddress() {
    #expect(throws: Errno.addressNotAvailable) { _ = try DatagramSocket(boundTo: .at("203.0.113.77")) }
  }

  @Test("grants buffers, whatever is asked for", arguments: [1, 65_536, 1 << 30, .max])
  func buffers(bytes: Int) throws {
    let socket = try DatagramSocket(boundTo: .at("127.0.0.1"))
    #expect(try socket.setReceiveBuffer(bytes: bytes) > 0)
    #expect(try socket.setSendBuffer(bytes: bytes) > 0)
  }

  @Test("exchanges datagrams of any size with the peer that it is connected to", arguments: [0, 1, 65_507])
  func conversation(size: Int) async throws {
    let peer = try PlainSocket(.udp, boundTo: .at("127.0.0.1"))
    let socket = try DatagramSocket(connectedTo: peer.localEndpoint())
    let message = noise(size)
    #expect(received(try socket.send(message)) == size)
    let request = try await peer.receiveDatagram()
    #expect(request.bytes == message)
    try peer.send(request.bytes, to: request.source)
    #expect(try socket.descriptor.wait(for: .readable, milliseconds: patience))
    var buffer = [UInt8](repeating: 0, count: 65_536)
    #expect(received(try socket.receive(into: &buffer)) == size)
    #expect(buffer.prefix(size) == message[...])
  }

  @Test("hears nobody but its peer, and has nothing when nothing came")
  func peerAlone() throws {
    let peer = try PlainSocket(.udp, boundTo: .at("127.0.0.1"))
    let stranger = try PlainSocket(.udp, boundTo: .at("127.0.0.1"))
    let socket = try DatagramSocket(connectedTo: peer.localEndpoint())
    let endpoint = try #require(try socket.descriptor.localEndpoint())
    try stranger.send([1], to: endpoint)
    try peer.send([2, 2], to: endpoint)
    #expect(try socket.descriptor.wait(for: .readable, milliseconds: patience))
    var buffer = [UInt8](repeating: 0, count: 10)
    #expect(received(try socket.receive(into: &buffer)) == 2)
    #expect(received(try socket.receive(into: &buffer)) == nil)
    #expect(try !socket.descriptor.wait(for: .readable, milliseconds: 0))
  }

  @Test("learns that nobody is there")
  func refused() throws {
    let socket = try connectedToNobody()
    _ = try socket.send([1])
    #expect(try socket.descriptor.wait(for: .readable, milliseconds: patience))
    var buffer = [UInt8](repeating: 0, count: 10)
    #expect(throws: Errno.connectionRefused) { try socket.receive(into: &buffer) }
  }

  /// A socket whose peer is gone.
  private func connectedToNobody() throws -> DatagramSocket {
    let peer = try PlainSocket(.udp, boundTo: .at("127.0.0.1"))
    return try DatagramSocket(connectedTo: peer.localEndpoint())
  }
}
