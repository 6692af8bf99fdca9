import ArgumentParser
import EchoCore
import Sockets

/// `echoc mtu`: finds the largest datagram that reaches a server without fragmentation.
struct MTU: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mtu",
    abstract: "Find the largest datagram that a path carries without fragmentation.",
    discussion: """
      Datagrams of different sizes are sent over UDP. None of them may be fragmented on the way to the server: over \
      IPv4 they have DF set. The size of the largest one that comes back, with IP and UDP headers, is the path MTU. \
      Every byte of a reply is checked.

      A size is too large if this machine's interface or a router says so, or if several tries get no reply. A \
      router's report is not believed until datagrams of that size have come back and longer ones have not.

      Only the way to the server is measured. Many servers, including echod, allow their replies to be fragmented, and \
      the receiver cannot tell. If fragments are lost on the way back, the datagram counts as too large too.

      If the name has several addresses, the first that answers is used. Ctrl-C or SIGTERM ends the search. With --json, \
      one object is printed whatever happens. If the exit status is not 0, its "error" says why.

      Exit status: 0; 1 if no reply came to the smallest datagram, the server stopped replying or the search was \
      interrupted; 2 if a reply was wrong or the name has no address.
      """)

  private static let seconds = 0.001...60
  private static let secondsText = "0.001 to 60"
  private static let triesRange = 1...100

  @Argument(help: ServerEndpoint.help, transform: { try ServerEndpoint($0) })
  var endpoint: ServerEndpoint

  @OptionGroup var addresses: AddressOptions

  @Option(
    name: .customShort("W"),
    help: ArgumentHelp("Seconds to wait for each reply: \(secondsText).", valueName: "seconds"))
  var wait = 1.0

  @Option(
    help: ArgumentHelp(
      "Datagrams to send before a size counts as too large: \(triesRange.text).", valueName: "count"))
  var tries = 3

  @Flag(help: "Print only the result, as JSON.")
  var json = false

  func validate() throws {
    try endpoint.refuseStamp(for: "mtu")
    guard endpoint.transport == .udp else { throw ValidationError("only datagrams have an MTU: use udp://") }
    guard Self.seconds.contains(wait) else {
      throw ValidationError("-W \(wait) is not in the range \(Self.secondsText)")
    }
    guard Self.triesRange.contains(tries) else {
      throw ValidationError("--tries \(tries) is not in the range \(Self.triesRange.text)")
    }
  }

  func run() throws {
    let console = Console()
    var report = MTUReport(endpoint: endpoint)
    report.endOnInterrupt(asJSON: json, .failure)
    do {
      let peer = try choosePeer()
      report.peer = peer
      let prober = try MTUProber(peer)
      if !json { try console.write(MTUReport.heading(endpoint, peer) + "\n") }
      var measurement = MTUMeasurement(prober, tries: tries, waitNanoseconds: Int64(wait * 1e9))
      report.failure = try measurement.run(prober) { trial throws(ExitCode) in
        if !json { try console.write(MTUReport.line(trial) + "\n") }
      }
      report.measurement = measurement
    } catch let error as LinkError {
      report.failure = ExitReason("\(error)", Self.status(of: error))
    }
    try report.finish(console, asJSON: json)
  }

  private func choosePeer() throws(LinkError) -> Peer {
    let peers = try endpoint.resolved(addresses.family)
    return try DatagramLink.firstToAnswer(of: peers, bytes: MessageNumber.bytes)
  }

  private static func status(of error: LinkError) -> ExitCode {
    switch error {
    case .cannotResolve, .noInterface: ExitStatus.otherFailure
    default: .failure
    }
  }
}
