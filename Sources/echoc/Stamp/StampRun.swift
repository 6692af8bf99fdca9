import ArgumentParser
import Sockets

/// A run of `echoc ping stamp://`.
struct StampRun {
  var endpoint: ServerEndpoint
  var family: AddressFamily?
  var ping: PingPlan
  var stamp: StampPlan

  /// Runs until the plan is carried out or interrupted, and prints the summary.
  func run() throws {
    let console = Console()
    let session = StampSession(endpoint, stamp, PingOutput(ping, console))
    var report = StampReport(endpoint, ping, stamp, session)
    report.endOnInterrupt(asJSON: ping.output.isJSON, .failure)
    do {
      let peer = try peer()
      let loop = try LinkError.preparing(PingLoop.init)
      let pinger = try StampPinger(peer, stamp, session, loop)
      try session.announce(peer)
      let start = SystemClock.monotonicNanoseconds()
      try loop.run(pinger, ping)
      report.peer = peer
      report.take(session, from: start, to: SystemClock.monotonicNanoseconds())
      report.palette = session.palette
      if ping.showsHistogram { report.drawHistogram(columns: HistogramChart.columns()) }
    } catch let error as LinkError {
      report.failure = ExitReason("\(error)", ExitStatus.otherFailure)
    }
    try report.finish(console, asJSON: ping.output.isJSON)
  }

  /// The address to ping: the only one, or the first that answers a request of a session of its own. If all refuse, one
  /// of them, so that each message shows it.
  private func peer() throws(LinkError) -> Peer {
    var packets = ping.packets
    if let source = packets.source, !packets.hasOwnSource { throw .notOurs(source.zonedAddress) }
    packets.hopLimit = stamp.hopLimit
    let peers = try endpoint.resolved(family, in: packets)
    let requests = StampRequests(stamp, sessionID: .random(in: 1 ... .max))
    let variables = StampRequests.Variables(
      timestamp: stamp.format.timestamp(of: SystemClock.epochNanoseconds()),
      errorEstimate: .init(clockError: nil, format: stamp.format), count: 1)
    do throws(LinkError) {
      return try DatagramLink.firstToAnswer(of: peers, probe: requests.request(variables))
    } catch {
      guard case .noReply(let peer, _) = error else { throw error }
      return peer
    }
  }
}
