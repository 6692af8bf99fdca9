import ArgumentParser

/// `echoc bench`: a load generator that checks every reply.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Load-test a server and check every reply.",
    discussion: """
      Without --rate, the next message is sent as soon as a reply arrives. With --rate, messages are due at fixed \
      times, and latencies are measured from these times even if a message had to wait, so that stalls of the server \
      show. Messages that could not be sent within a second of the end of the run are counted as not sent. Latencies \
      are accurate to about a microsecond. Bytes are counted in one direction, without PROXY headers.

      A datagram that is not answered within \(DatagramLoad.timeoutNanoseconds / 1_000_000_000) s is lost. Datagrams \
      carry numbers, which distinguish correct replies from late and duplicate ones. A datagram of fewer than \
      \(MessageNumber.bytes) bytes has room for only a part of its number, and a late reply can then be mistaken for \
      that of a later message. A broken TCP connection is not replaced, and its messages in flight are lost.

      With --churn the latency of a message includes the time to connect. If the server closes the connection after \
      its reply, echoc lets it; otherwise echoc resets the connection after the reply, so that no port stays occupied \
      (TIME_WAIT). One exchange before the load, which is not counted, finds out what the server does.

      If the name has several addresses, the first that accepts a connection or answers a datagram is used. This \
      connection or datagram is not counted.

      If standard error is a terminal, a run of more than \(BenchProgress.shortRunSeconds) seconds shows there how much \
      time is left, except with --json or if TERM is dumb.

      Ctrl-C or SIGTERM stops sending, and the summary is printed when the last replies have come; a second signal ends \
      echoc at once. With --json, one object is printed whatever happens. If the exit status is not 0, its "error" says \
      why.

      Exit status: 0; 1 if a reply was wrong, if every connection that should have stayed open broke, or if more than \
      --max-loss percent of the messages or of these connections were lost; 71 if the server could not be reached or \
      there was no reply at all. Messages that were not sent in time count as lost here.
      """)

  @Argument(help: ServerEndpoint.help, transform: { try ServerEndpoint($0) })
  var endpoint: ServerEndpoint

  @OptionGroup var addresses: AddressOptions
  @OptionGroup var proxy: ProxyOptions

  @Option(
    name: .customShort("c"),
    help: ArgumentHelp(
      "Connections, or UDP sockets: \(BenchPlan.Bounds.connections.text).", valueName: "count"))
  var connections = 1

  @Option(
    name: .customShort("s"),
    help: ArgumentHelp(LinkLimits.messageBytesHelp, valueName: "bytes"))
  var bytes = 64

  @Option(
    name: .customShort("p"),
    help: ArgumentHelp(
      "Messages in flight on each connection: \(BenchPlan.Bounds.depth.text). The default is 1, or 64 with --rate.",
      valueName: "depth"))
  var depth: Int?

  @Option(
    name: .customShort("d"),
    help: ArgumentHelp("Seconds to send for: \(BenchPlan.Bounds.seconds.text).", valueName: "seconds"))
  var seconds = 5

  @Option(help: "Messages per second, over all connections: \(BenchPlan.Bounds.perSecond.text).")
  var rate: Int?

  @Flag(help: "Make a TCP connection for each message.")
  var churn = false

  @Option(
    help: ArgumentHelp(
      "Percent of the messages, and of the connections, that may be lost: 0 to 100, with fractions.",
      valueName: "percent"))
  var maxLoss = BenchPlan.Bounds.lossPercent.upperBound

  @Flag(help: "Print the summary as JSON.")
  var json = false

  private var plan: BenchPlan {
    BenchPlan(
      transport: endpoint.transport, connections: connections, bytes: bytes,
      depth: depth
        ?? BenchPlan.usualDepth(endpoint.transport, bytes: bytes, perSecond: rate, isChurn: churn),
      seconds: seconds, perSecond: rate, isChurn: churn, maximumLossPercent: maxLoss, header: proxy.header)
  }

  func validate() throws {
    try endpoint.refuseStamp(for: "bench")
    try proxy.validate(for: endpoint, addresses.family)
    if let problem = plan.problem { throw ValidationError(problem) }
  }

  func run() throws {
    let console = Console()
    let benchmark = Benchmark(plan: plan, showsProgress: !json)
    var report = BenchReport(plan: plan, endpoint: endpoint)
    report.endOnInterrupt(asJSON: json, ExitStatus.systemRefused)
    do {
      let peer = try benchmark.choosePeer(of: endpoint, proxy.family(addresses.family))
      report.peer = peer
      report.endOnInterrupt(asJSON: json, ExitStatus.systemRefused)
      if !json { try console.write(BenchReport.heading(plan, endpoint: endpoint, peer: peer) + "\n") }
      try benchmark.measure(peer, into: &report.measurement)
    } catch let error as LinkError {
      report.failure = ExitReason("\(error)", ExitStatus.systemRefused)
    }
    try report.finish(console, asJSON: json)
  }
}
