import Addresses
import ArgumentParser
import EchoCore
import Sockets
import SystemPackage

/// `echoc bench`: a load generator that checks what it gets.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Load a server, check every reply, and measure.",
    discussion: """
      Without --rate each reply makes room for the next message. With --rate messages are due at fixed times, and \
      latencies are measured from these times, even when a message had to wait for its turn: a server that stalls \
      shows. What was due and found no room until a second after the end is not sent, and counted. Latencies are read from the clock around each receive, to about a microsecond. Bytes are counted one way.

      A datagram that is not answered within \(DatagramLoad.patienceNanoseconds / 1_000_000_000) s is lost. Datagrams \
      carry numbers, so that late and duplicate replies are told from right ones; of less than \
      \(MessageNumber.bytes) bytes they have room for a part of their number, and a late reply can then be taken for \
      that of a later message. A TCP connection that breaks is not made again, and its messages in flight are lost.

      With --churn a message's latency begins with its connection. If the server closes after its reply it is left to \
      do so; otherwise the connection is reset once the reply is whole, so that no port has to be kept (TIME_WAIT). \
      One exchange before, which is not counted, finds out.

      Ctrl-C ends the sending and prints the summary. Exit status: 0; 1 when a reply was wrong; 71 when there was no \
      reply at all.
      """)

  @Argument(help: ServerEndpoint.help, transform: { try ServerEndpoint($0) })
  var endpoint: ServerEndpoint

  @Option(
    name: .customShort("c"),
    help: ArgumentHelp("Connections, or UDP sockets: 1 to 10000.", valueName: "count"))
  var connections = 1

  @Option(
    name: .customShort("s"),
    help: ArgumentHelp("Bytes of a message: 1 to 1048576, over UDP 0 to 65507.", valueName: "bytes"))
  var bytes = 64

  @Option(
    name: .customShort("p"),
    help: ArgumentHelp(
      "Messages in flight on each connection: 1 to 1024. Without it 1, and 64 with --rate.",
      valueName: "depth"))
  var depth: Int?

  @Option(
    name: .customShort("d"),
    help: ArgumentHelp("Seconds for which messages are sent: 1 to 86400.", valueName: "seconds"))
  var seconds = 5

  @Option(help: "Messages a second, on all connections together: 1 to 10000000.")
  var rate: Int?

  @Flag(help: "Make a TCP connection for each message.")
  var churn = false

  @Flag(help: "Print the summary as JSON.")
  var json = false

  private var plan: BenchPlan {
    BenchPlan(
      transport: endpoint.transport, connections: connections, bytes: bytes,
      depth: depth
        ?? BenchPlan.usualDepth(endpoint.transport, bytes: bytes, perSecond: rate, isChurn: churn),
      seconds: seconds, perSecond: rate, isChurn: churn)
  }

  func validate() throws {
    if let problem = plan.problem { throw ValidationError(problem) }
  }

  func run() throws {
    let console = Console()
    let remote = try orComplain(console) { () throws(BenchError) in try chosenRemote() }
    if !json {
      try console.write(BenchReport.heading(plan, endpoint: endpoint.description, remote: remote) + "\n")
    }
    let measurement = try orComplain(console) { () throws(BenchError) in try measured(remote.endpoint) }
    let report = BenchReport(
      plan: plan, measurement: measurement, endpoint: endpoint.description, remote: remote)
    try console.write(json ? report.json.text() + "\n" : report.text + "\n")
    if let complaint = report.complaint { console.complain(complaint) }
    if measurement.wrong > 0 { throw ExitCode.failure }
    if measurement.answered == 0 {
      console.complain("no reply from \(remote)")
      throw ExitStatus.systemRefused
    }
  }

  private func orComplain<Result>(
    _ console: Console, _ body: () throws(BenchError) -> Result
  ) throws(ExitCode) -> Result {
    do throws(BenchError) {
      return try body()
    } catch {
      console.complain("\(error)")
      throw ExitStatus.systemRefused
    }
  }

  /// Which of the host's addresses is loaded.
  private func chosenRemote() throws(BenchError) -> Remote {
    let permitted = Host.raiseDescriptorLimit()
    guard plan.connections + Self.ownDescriptors <= permitted else {
      throw .tooManyDescriptors(limit: permitted)
    }
    let endpoints: [Endpoint]
    do throws(ResolutionError) {
      endpoints = try Resolver.endpoints(of: endpoint.host, port: endpoint.port)
    } catch {
      throw .cannotResolve(error)
    }
    return Remote(transport: plan.transport, endpoint: try Connector.choose(of: endpoints, plan))
  }

  private func measured(_ chosen: Endpoint) throws(BenchError) -> Measurement {
    var run = try orRefused { () throws(Errno) in
      try LoadRun(plan, progress: Progress(isShown: Progress.isWatched))
    }
    switch plan.transport {
    case .udp:
      var load = try DatagramLoad(plan, to: chosen, &run)
      try orRefused { () throws(Errno) in try run.carryOut(&load) }
    case .tcp where plan.isChurn:
      var load = try ChurnLoad(plan, to: chosen)
      try orRefused { () throws(Errno) in try run.carryOut(&load) }
    case .tcp:
      var load = try StreamLoad(plan, to: chosen, &run)
      try orRefused { () throws(Errno) in try run.carryOut(&load) }
    }
    return run.measurement
  }

  private func orRefused<Result: ~Copyable>(_ body: () throws(Errno) -> Result) throws(BenchError) -> Result {
    do throws(Errno) {
      return try body()
    } catch {
      throw .system(error)
    }
  }

  /// Standard streams, the readiness set, Ctrl-C, and a few for the system's libraries.
  private static let ownDescriptors = 16
}
