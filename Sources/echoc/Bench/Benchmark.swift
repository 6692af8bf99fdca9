import Sockets
import SystemPackage

/// Runs a plan against a server.
struct Benchmark {
  /// Standard streams, the readiness set, Ctrl-C, and a few for the system's libraries.
  private static let otherDescriptors = 16

  let plan: BenchPlan
  /// Whether a terminal on standard error shows the progress of the run.
  var showsProgress = false

  /// Chooses the only address of a server, or the first one that accepts a connection or answers a datagram; if none
  /// answers, one that does not refuse it. The connection and the datagram are not counted.
  func choosePeer(of endpoint: ServerEndpoint, _ family: AddressFamily?) throws(LinkError) -> Peer {
    let permitted = CurrentProcess.raiseDescriptorLimit()
    guard plan.connections + Self.otherDescriptors <= permitted else {
      throw .tooManyDescriptors(limit: permitted)
    }
    let peers = try endpoint.resolved(family, sending: plan.header)
    if plan.transport == .udp { return try DatagramLink.firstToAnswer(of: peers, bytes: plan.bytes) }
    return peers.count == 1 ? peers[0] : try ConnectRace.winner(of: peers).peer
  }

  /// Runs the plan's load. What was measured before an error stays.
  func measure(_ peer: Peer, into measurement: inout Measurement) throws(LinkError) {
    var run = try LoadRun(plan, showsProgress: showsProgress)
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
