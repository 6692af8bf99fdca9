import ArgumentParser
import EchoCore
import Sockets

/// `echoc ping`: shows round trips as ping(8) does.
struct Ping: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send messages and show how long each reply takes.",
    discussion: """
      Every byte of a reply is checked. A wrong reply is reported and counted, and does not count as received. Ctrl-C \
      or SIGTERM stops the ping, and the summary is printed; a second signal ends echoc at once. Ctrl-\\ (SIGQUIT) prints \
      the figures so far.

      A message begins with its number, which distinguishes the correct reply from late and duplicate ones. A message of \
      fewer than \(MessageNumber.bytes) bytes has room for only a part of its number (4 bits per byte); its reply is \
      counted for the newest unanswered message with the same bits.

      Over TCP all messages use one connection, and each is sent when the one before has been answered or has timed \
      out. If the server closes the connection after its reply, the next message uses a new one. The time to connect \
      is not included.

      If the name has several addresses, the first that accepts a connection is used, or answers a datagram. This \
      connection or datagram is not counted.

      With stamp://HOST[:PORT], the server is a reflector of STAMP (RFC 8762), such as echod's service stamp or a router; \
      the default port is 862. Each direction of the path is measured on its own: see echoc(1).

      With --json, one object is printed whatever happens. If the exit status is not 0, its "error" says why.

      Exit status: 0; 1 if no reply came or, with -w and -c, too few; 2 if a reply was wrong or nothing could be sent.
      """)

  @Argument(help: ServerEndpoint.helpWithStamp, transform: { try ServerEndpoint($0) })
  var endpoint: ServerEndpoint

  @OptionGroup var addresses: AddressOptions
  @OptionGroup var proxy: ProxyOptions

  @OptionGroup var options: PingOptions
  @OptionGroup var stamp: StampOptions

  func validate() throws {
    try options.validate(for: endpoint, addresses.family)
    try proxy.validate(for: endpoint, options.family(addresses.family))
    try stamp.validate(for: endpoint)
    if endpoint.scheme == .stamp { return try validateStamp() }
    let sizes = LinkLimits.messageBytes(over: endpoint.transport, after: proxy.header)
    let size = options.plan.messageBytes
    guard sizes.contains(size) else { throw ValidationError("-s \(size) is not in the range \(sizes.text)") }
  }

  private func validateStamp() throws {
    if proxy.header != nil { throw ValidationError("--send-proxy cannot be used with stamp://") }
    if let problem = stampPlan.problem { throw ValidationError(problem) }
  }

  private var stampPlan: StampPlan { stamp.plan(options.plan, bytes: options.size) }

  func run() throws {
    guard endpoint.scheme == .stamp else { return try runEcho() }
    let family = options.family(addresses.family)
    try StampRun(endpoint: endpoint, family: family, ping: options.plan, stamp: stampPlan).run()
  }

  private func runEcho() throws {
    let (console, plan) = (Console(), options.plan)
    let session = PingSession(endpoint, plan, PingOutput(plan, console))
    var report = PingReport(endpoint, plan)
    report.endOnInterrupt(asJSON: plan.output.isJSON, .failure)
    do {
      let (peers, loop, pinger) = try prepared(session, plan)
      // With several, the first line waits until one is chosen.
      if peers.count == 1 { try session.announce(peers[0]) }
      let start = SystemClock.monotonicNanoseconds()
      try loop.run(pinger, plan)
      let end = SystemClock.monotonicNanoseconds()
      try session.announce(pinger.peer)
      report.peer = pinger.peer
      report.take(session, from: start, to: end)
      report.palette = session.palette
      if plan.showsHistogram { report.drawHistogram(columns: HistogramChart.columns()) }
    } catch let error as LinkError {
      report.failure = ExitReason("\(error)", ExitStatus.otherFailure)
    }
    try report.finish(console, asJSON: plan.output.isJSON)
  }

  private func prepared(
    _ session: PingSession, _ plan: PingPlan
  ) throws(LinkError) -> ([Peer], PingLoop, any Pinger) {
    if let source = plan.packets.source, !plan.packets.hasOwnSource { throw .notOurs(source.zonedAddress) }
    var peers = try endpoint.resolved(
      proxy.family(options.family(addresses.family)), sending: proxy.header, in: plan.packets)
    if endpoint.transport == .udp { peers = [try udpPeer(among: peers, plan)] }
    let loop = try LinkError.preparing(PingLoop.init)
    switch endpoint.transport {
    case .udp: return (peers, loop, try UDPPinger(peers[0], session, loop))
    case .tcp: return (peers, loop, TCPPinger(peers, session, loop))
    }
  }

  /// The address to ping. If all refuse, one of them, so that each message shows it.
  private func udpPeer(among peers: [Peer], _ plan: PingPlan) throws(LinkError) -> Peer {
    do throws(LinkError) {
      return try DatagramLink.firstToAnswer(of: peers, bytes: plan.messageBytes)
    } catch {
      guard case .noReply(let peer, _) = error else { throw error }
      return peer
    }
  }
}
