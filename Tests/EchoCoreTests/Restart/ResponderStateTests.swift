import Addresses
import Testing

@testable import EchoCore

@Suite("A responder after a restart")
struct ResponderStateTests {
  private func responder(_ service: Service, _ counters: Counters = Counters()) -> any Responder {
    var listener = ListenerConfiguration()
    listener.service = service.name
    return service.makeResponder(ResponderSetting(listener: listener, hostName: "", counters: counters))
  }

  /// Sends a request of the service stamp, and returns the number of its reply.
  private func sequence(_ responder: any Responder, from port: UInt16, at now: Int64) -> UInt32 {
    var message = [UInt8](repeating: 0, count: 44)
    message.withUnsafeMutableBytes {
      _ = responder.answer(
        ServiceRequest(
          room: $0, byteCount: 44, client: Endpoint(address: .loopbackIPv4, port: port), local: nil,
          arrival: now))
      responder.willSend(at: now * 1_000_000)
    }
    return message[..<4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  @Test("of the service stamp goes on with its sessions, which it counts as current but not again in total")
  func stamp() throws {
    let before = responder(.stamp)
    for port in [1, 2, 2] as [UInt16] { _ = sequence(before, from: port, at: 0) }
    let counters = Counters()
    let after = responder(.stamp, counters)
    var reader = StateReader(written { before.write(to: &$0) })
    try after.restore(from: &reader, at: 10)
    #expect(counters.statistics[.sessionsCurrent] == 2 && counters.statistics[.sessionsTotal] == 0)
    #expect(after.nextExpiry == 60_000)
    #expect([1, 2, 3].map { sequence(after, from: $0, at: 10) } == [1, 2, 0])
    after.expire(at: 60_010)
    #expect(counters.statistics[.sessionsCurrent] == 0 && counters.statistics[.sessionsTotal] == 1)
  }

  @Test("of the service stamp counts no session if the bytes are broken")
  func broken() {
    let before = responder(.stamp)
    for port in [1, 2] as [UInt16] { _ = sequence(before, from: port, at: 0) }
    let bytes = written { before.write(to: &$0) }
    let counters = Counters()
    let after = responder(.stamp, counters)
    _ = sequence(after, from: 3, at: 0)
    let error = failure(of: Array(bytes.dropLast())) { reader throws(StateError) in
      try after.restore(from: &reader, at: 10)
    }
    #expect(error == .truncated)
    #expect(counters.statistics[.sessionsCurrent] == 0 && after.nextExpiry == nil)
  }

  @Test("of every other service has nothing to write", arguments: Service.all.filter { $0.name != "stamp" })
  func others(service: Service) throws {
    let responder = responder(service)
    #expect(written { responder.write(to: &$0) } == [])
    var reader = StateReader([1])
    try responder.restore(from: &reader, at: 0)
    #expect(reader.bytesLeft == 1)
  }
}
