import Addresses
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Sockets

@Suite("A UDP socket that comes back")
struct ContinuedSocketTests {
  private func passedOn(_ socket: borrowing DatagramSocket) throws -> DatagramSocket {
    guard case .datagram(let next) = try PassedSocket(owning: dup(socket.descriptor.number)) else {
      throw Errno.protocolWrongTypeForSocket
    }
    return next
  }

  @Test("counts the kernel's drops from where the earlier process ended, and none twice")
  func drops() throws {
    let socket = try DatagramSocket(boundTo: .at("127.0.0.1"))
    _ = try socket.setReceiveBuffer(bytes: 4096)
    let server = try #require(try socket.descriptor.localEndpoint())
    let client = try PlainSocket(.udp)
    for _ in 0..<100 { try client.send([1], to: server) }
    let before = socket.takeKernelDrops()
    #expect(before > 0 && socket.countedDrops == UInt32(before))
    // While nobody counts.
    for _ in 0..<10 { try client.send([1], to: server) }
    let next = try passedOn(socket)
    #expect(next.takeKernelDrops() == 0)
    next.continueCounting(from: socket.countedDrops)
    #expect(next.takeKernelDrops() == 10 && next.takeKernelDrops() == 0)
    #expect(next.countedDrops == UInt32(before + 10))
  }

  @Test("restores the sizes that its buffers had in the first process")
  func bufferSizes() throws {
    let socket = try DatagramSocket(boundTo: .at("127.0.0.1"))
    let initial = socket.initialBufferSizes
    _ = try socket.setReceiveBuffer(bytes: 8192)
    _ = try socket.setSendBuffer(bytes: 8192)
    let next = try passedOn(socket)
    #expect(next.initialBufferSizes == (16_384, 16_384))
    next.setInitialBufferSizes(receive: initial.receive, send: initial.send)
    #expect(next.initialBufferSizes == initial)
    try next.restoreReceiveBuffer()
    try next.restoreSendBuffer()
    let sizes = try InitialBufferSizes(of: next.descriptor)
    #expect(sizes.receive == initial.receive && sizes.send == initial.send)
  }

  @Test("gets the largest receive buffer for the pause, and keeps what waits in it")
  func widen() throws {
    let socket = try DatagramSocket(boundTo: .at("127.0.0.1"))
    let granted = try DatagramSocket(boundTo: .at("127.0.0.1")).setReceiveBuffer(bytes: .max)
    _ = try socket.setReceiveBuffer(bytes: 8192)
    try PlainSocket(.udp).send([1], to: #require(try socket.descriptor.localEndpoint()))
    socket.widenReceiveBuffer()
    #expect(try SystemCall.option(socket.descriptor, level: SOL_SOCKET, SO_RCVBUF) == granted)
    #expect(try socket.dropDatagram())
  }

  @Test("keeps a receive buffer that is larger than the kernel would grant")
  func wide() throws {
    let socket = try DatagramSocket(boundTo: .at("127.0.0.1"))
    let granted = try socket.setReceiveBuffer(bytes: .max)
    // Needs CAP_NET_ADMIN; without it nothing is shown. See socket(7), SO_RCVBUFFORCE.
    try? SystemCall.setOption(socket.descriptor, level: SOL_SOCKET, SO_RCVBUFFORCE, to: Int32(granted))
    let before = try SystemCall.option(socket.descriptor, level: SOL_SOCKET, SO_RCVBUF)
    socket.widenReceiveBuffer()
    #expect(try SystemCall.option(socket.descriptor, level: SOL_SOCKET, SO_RCVBUF) == before)
  }
}
