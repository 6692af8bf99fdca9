import Sockets
import SystemPackage

/// Runs a plan against a server.
struct Benchmark {
  /// Standard streams, the readiness set, Ctrl-C, and a few for the system's libraries.
  private static let otherDescriptors = 16
  /// How long the first datagram to one of several addresses waits for a reply or an error.
  private static let probeMilliseconds: Int32 = 1000

  let plan: BenchPlan

  /// Chooses the only address of a server, or the first one that accepts a connection or does not refuse a datagram.
  /// The datagram is not counted.
  func choosePeer(of endpoint: ServerEndpoint) throws(LinkError) -> Peer {
    let permitted = CurrentProcess.raiseDescriptorLimit()
    guard plan.connections + Self.otherDescriptors <= permitted else {
      throw .tooManyDescriptors(limit: permitted)
    }
    let peers = try endpoint.resolved()
    if peers.count == 1 { return peers[0] }
    var attempts = ConnectAttempts(peers)
    return try attempts.next { peer throws(Errno) in
      switch plan.transport {
      case .tcp: _ = try StreamExchange(connectedTo: peer)
      case .udp: try probe(peer)
      }
      return peer
    }
  }

  private func probe(_ peer: Peer) throws(Errno) {
    let socket = try DatagramSocket(connectedTo: peer.endpoint)
    _ = try socket.send([UInt8](repeating: UInt8(ascii: "A"), count: plan.bytes))
    if try socket.descriptor.wait(for: .readable, milliseconds: Self.probeMilliseconds) {
      var buffer: [UInt8] = [0]
      _ = try socket.receive(into: &buffer)
    }
  }

  /// Runs the plan's load. What was measured before an error stays.
  func measure(_ peer: Peer, into measurement: inout Measurement) throws(LinkError) {
    var run = try LoadRun(plan)
    defer { measurement = run.measurement }
    switch plan.transport {
    case .udp:
      var load = try DatagramLoad(plan, to: peer, &run)
      try run.run(&load)
    case .tcp where plan.isChurn:
      var load = try ChurnLoad(plan, to: peer)
      try run.run(&load)
    case .tcp:
      var load = try StreamLoad(plan, to: peer, &run)
      try run.run(&load)
    }
  }
}
