import Sockets
import SystemPackage

/// Runs a plan against a server.
struct Benchmark {
  /// Standard streams, the readiness set, Ctrl-C, and a few for the system's libraries.
  private static let otherDescriptors = 16
  /// How long the last of several addresses has to answer a first datagram.
  private static let probeMilliseconds: Int64 = 1000

  let plan: BenchPlan

  /// Chooses the only address of a server, or the first one that accepts a connection or answers a datagram; if none
  /// answers, one that does not refuse it. The connection and the datagram are not counted.
  func choosePeer(of endpoint: ServerEndpoint, _ family: AddressFamily?) throws(LinkError) -> Peer {
    let permitted = CurrentProcess.raiseDescriptorLimit()
    guard plan.connections + Self.otherDescriptors <= permitted else {
      throw .tooManyDescriptors(limit: permitted)
    }
    let peers = try endpoint.resolved(family)
    if peers.count == 1 { return peers[0] }
    return plan.transport == .tcp ? try ConnectRace.winner(of: peers).peer : try firstToAnswer(of: peers)
  }

  private func firstToAnswer(of peers: [Peer]) throws(LinkError) -> Peer {
    let set = try LinkError.preparing { () throws(Errno) in try ReadinessSet() }
    let link = try DatagramLink(peers, set, token: 0)
    let datagram = [UInt8](repeating: UInt8(ascii: "A"), count: plan.bytes)
    let delay = LinkLimits.attemptDelayMilliseconds
    let timeout = Int64(peers.count - 1) * delay + Self.probeMilliseconds
    do throws(LinkError) {
      _ = try link.exchange(datagram, delay: delay, timeout: timeout, set) { _ in true }
    } catch {
      guard case .noReply(let silent, .timeout) = error else { throw error }
      return silent
    }
    return link.peer
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
