import Addresses
import TestSupport
import Testing

@testable import EchoCore

@Suite("The assignment of passed sockets")
struct SocketAssignmentTests {
  private static func listener(_ name: String, _ transport: Transport, port: UInt16, queues: Int = 1)
    -> ListenerConfiguration
  {
    var listener = ListenerConfiguration(
      name: name, transport: transport, address: .loopbackIPv4, port: port, service: "echo")
    listener.queues = queues
    return listener
  }

  private func socket(_ name: String, _ transport: Transport, port: UInt16) -> ActivationSocket {
    ActivationSocket(
      name: name, transport: transport, address: .internet(transport, .loopbackIPv4, port: port))
  }

  private func assignment(
    _ sockets: ActivationSocket..., listeners: [ListenerConfiguration], admin: AdminEndpoint? = nil
  ) -> SocketAssignment {
    SocketAssignment(
      of: sockets,
      in: Configuration(admin: admin.map { AdminConfiguration($0) }, drainSeconds: 0, listeners: listeners))
  }

  @Test("gives a listener the sockets of its name before those of its address, each in their order")
  func order() {
    let assignment = assignment(
      socket("echod.socket", .tcp, port: 7), socket("web", .tcp, port: 9),
      socket("echod.socket", .tcp, port: 7),
      socket("web", .tcp, port: 8), listeners: [Self.listener("web", .tcp, port: 7, queues: 4)])
    #expect(assignment.sockets(of: .listener(name: "web")) == [1, 3, 0, 2])
    #expect(assignment.unserved.isEmpty)
  }

  @Test("gives a listener as many sockets as it has queues, and the admin server one")
  func surplus() {
    let assignment = assignment(
      socket("echod.socket", .udp, port: 7), socket("admin", .tcp, port: 8),
      socket("echod.socket", .udp, port: 7),
      socket("echod.socket", .tcp, port: 80), socket("echod.socket", .udp, port: 7),
      listeners: [Self.listener("u", .udp, port: 7, queues: 2)],
      admin: .tcp(address: .loopbackIPv4, port: 80))
    #expect(assignment.sockets(of: .listener(name: "u")) == [0, 2])
    #expect(assignment.sockets(of: .admin) == [1])
    #expect(assignment.unserved.map(\.number) == [3, 4])
    #expect(
      assignment.unserved.map(\.reason) == [.surplusOfAdmin, .surplusOfListener(name: "u", queues: 2)])
  }

  @Test("gives a socket of another transport, address or port to nobody")
  func noOwner() {
    let strangers = [
      socket("u", .tcp, port: 9), socket("echod.socket", .udp, port: 9),
      ActivationSocket(name: "admin", transport: .tcp, address: nil),
      ActivationSocket(name: "x", transport: .udp, address: .internet(.udp, .anyIPv4, port: 7)),
    ]
    let assignment = SocketAssignment(
      of: strangers,
      in: Configuration(admin: nil, drainSeconds: 0, listeners: [Self.listener("u", .udp, port: 7)]))
    #expect(assignment.sockets(of: .listener(name: "u")).isEmpty && assignment.sockets(of: .admin).isEmpty)
    let unserved = strangers.enumerated().map {
      UnservedSocket(number: $0.offset, socket: $0.element, reason: .noOwner)
    }
    #expect(assignment.unserved == unserved)
  }
}
