import Addresses
import SystemPackage
import TestSupport
import Testing

@testable import Sockets

@Suite("The time at which a datagram leaves")
struct TransmitTimesTests {
  @Test(
    "is queued with the number of the datagram, counted from 0 when asked", arguments: ["127.0.0.1", "::1"])
  func numbered(address: String) throws {
    let peer = try PlainSocket(.udp, boundTo: .at(address))
    let socket = try DatagramSocket(connectedTo: peer.localEndpoint(), queueingErrors: true)
    for _ in 0..<2 {
      try socket.reportTransmissions()
      for number in UInt32(0)..<3 {
        let before = SystemClock.epochNanoseconds()
        _ = try socket.send([1])
        #expect(try socket.descriptor.wait(for: .readable, milliseconds: patience))
        guard case .transmission(let transmission)? = socket.takeQueuedEvent() else {
          Issue.record("there is no time")
          return
        }
        #expect(transmission.number == number)
        #expect((before...SystemClock.epochNanoseconds()).contains(transmission.time))
      }
    }
    #expect(socket.takeQueuedEvent() == nil)
  }

  @Test("is not taken for an error, and hides none", arguments: ["127.0.0.1", "::1"])
  func besideErrors(address: String) throws {
    let endpoint = try PlainSocket(.udp, boundTo: .at(address)).localEndpoint()
    let socket = try DatagramSocket(connectedTo: endpoint, queueingErrors: true)
    try socket.reportTransmissions()
    _ = try socket.send([1, 2, 3])
    var buffer = [UInt8](repeating: 0, count: 10)
    #expect(throws: Errno.connectionRefused) {
      // The report of the port follows the time.
      while true {
        _ = try socket.descriptor.wait(for: .readable, milliseconds: patience)
        if case .done = try socket.receive(into: &buffer) { break }
      }
    }
    let error = socket.takeQueuedError()
    #expect(error?.reported.error == .connectionRefused && error?.message == [1, 2, 3])
    #expect(socket.takeQueuedEvent() == nil)
    #expect(try !socket.descriptor.wait(for: .readable, milliseconds: 0))
  }

  @Test("makes no call fail, and leaves the reply to be received with its own time")
  func replies() async throws {
    let peer = try PlainSocket(.udp, boundTo: .at("127.0.0.1"))
    let socket = try DatagramSocket(connectedTo: peer.localEndpoint(), queueingErrors: true)
    try socket.reportTransmissions()
    try socket.report([.arrivalTime, .trafficClass])
    _ = try socket.send([7])
    let (bytes, source) = try await peer.receiveDatagram()
    try peer.send(bytes, to: source)
    while let event = socket.takeQueuedEvent() {
      guard case .transmission = event else {
        Issue.record("an error")
        return
      }
    }
    #expect(try socket.descriptor.wait(for: .readable, milliseconds: patience))
    var buffer = [UInt8](repeating: 0, count: 10)
    var report = PacketReport()
    guard case .done(1) = try socket.receive(into: &buffer, &report) else {
      Issue.record("no reply")
      return
    }
    #expect(buffer[0] == 7 && report.trafficClass == 0 && report.arrivedAt != nil)
  }
}
