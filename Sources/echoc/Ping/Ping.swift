import Addresses
import ArgumentParser
import EchoCore
import Sockets
import SystemPackage

/// `echoc ping`: round trips as ping(8) shows them.
struct Ping: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send messages and show how long each reply takes.",
    discussion: """
      Every byte of a reply is checked. A wrong reply is told and counted, and does not count as received. Ctrl-C ends \
      it and prints the summary.

      A message begins with its number, so that a late or duplicate reply is told from the right one. One of less than \
      \(MessageNumber.bytes) bytes has room for a part of its number (4 bits a byte), and a reply is then taken for \
      that of the newest unanswered message with these bits.

      Over TCP all messages go over one connection, each when the one before has its reply or is given up. A server \
      that closes after its reply is connected to again for the next message. Connecting is not part of the time.

      Exit status: 0; 1 when no reply came; 2 when a reply was wrong or nothing could be sent at all.
      """)

  @Argument(help: ServerEndpoint.help, transform: { try ServerEndpoint($0) })
  var endpoint: ServerEndpoint

  @Option(
    name: .customShort("c"),
    help: ArgumentHelp("How many messages are sent; 0 is until Ctrl-C.", valueName: "count"))
  var count = 0

  @Option(
    name: .customShort("i"),
    help: ArgumentHelp("Seconds from one message to the next: 0.001 to 86400.", valueName: "seconds"))
  var interval = 1.0

  @Option(
    name: .customShort("s"),
    help: ArgumentHelp("Bytes of a message: 1 to 1048576, over UDP 0 to 65507.", valueName: "bytes"))
  var size = 56

  @Option(
    name: .customShort("W"),
    help: ArgumentHelp(
      "Seconds for which the last replies are waited for, over TCP each reply: 0.001 to 86400.",
      valueName: "seconds"))
  var wait = 5.0

  @Flag(help: "Print no line for a reply, and the summary as JSON.")
  var json = false

  func validate() throws {
    let sizes = endpoint.transport == .udp ? BenchPlan.Limits.datagramBytes : BenchPlan.Limits.streamBytes
    guard count >= 0 else { throw ValidationError("-c \(count) is not a count") }
    guard sizes.contains(size) else {
      throw ValidationError("-s \(size) is not from \(sizes.lowerBound) to \(sizes.upperBound)")
    }
    for (option, value) in [("-i", interval), ("-W", wait)] where !(0.001...86_400).contains(value) {
      throw ValidationError("\(option) \(value) is not from 0.001 to 86400")
    }
  }

  func run() throws {
    let console = Console()
    let book = PingBook(bytes: size, console, isQuiet: json)
    let watch: PingWatch
    let pinger: any Pinger
    do throws(PingError) {
      let endpoints = try resolved()
      watch = try makeWatch()
      pinger = try makePinger(endpoints, book, watch)
    } catch {
      console.complain("\(error)")
      throw ExitStatus.pingFailed
    }
    if !json { try console.write("PING \(endpoint) (\(pinger.remote)): \(size.counted("byte"))\n") }
    let start = Host.monotonicNanoseconds()
    try exchangeAll(pinger, book, watch)
    let report = PingReport(
      endpoint: endpoint.description, remote: pinger.remote, bytes: size, ledger: book.ledger,
      elapsedMilliseconds: (Host.monotonicNanoseconds() - start) / 1_000_000)
    try console.write(json ? report.json.text() + "\n" : report.text)
    if report.ledger.wrong > 0 { throw ExitStatus.pingFailed }
    if report.ledger.received == 0 { throw ExitCode.failure }
  }

  /// Sends at the times that are asked for and takes what comes, until everything came, is overdue, or Ctrl-C.
  private func exchangeAll(_ pinger: any Pinger, _ book: PingBook, _ watch: PingWatch) throws(ExitCode) {
    let (interval, patience) = (Int64(interval * 1e9), Int64(wait * 1e9))
    var next = Host.monotonicNanoseconds()
    var lastSent = next
    while !watch.isInterrupted {
      let now = Host.monotonicNanoseconds()
      pinger.giveUp(begunBefore: now - patience)
      let isAllSent = count > 0 && book.ledger.sent == count
      if isAllSent, pinger.isDone || now - lastSent >= patience { return }
      if !isAllSent, pinger.isFree, now >= next {
        try pinger.send()
        lastSent = now
        // Where a reply took longer than the interval, the next message goes at once, and those missed not at all.
        next = max(next + interval, now)
        continue
      }
      // Over TCP the wait for one reply ends too, though nothing is to be sent then.
      let overdue = lastSent + patience
      let wake = isAllSent || !pinger.isFree ? max(overdue, now + Self.leastWait) : next
      if watch.wait(until: wake) { try pinger.serve() }
    }
  }

  private static let leastWait: Int64 = 1_000_000

  private func resolved() throws(PingError) -> [Endpoint] {
    do throws(ResolutionError) {
      return try Resolver.endpoints(of: endpoint.host, port: endpoint.port)
    } catch {
      throw .cannotResolve(error)
    }
  }

  private func makeWatch() throws(PingError) -> PingWatch {
    do throws(Errno) {
      return try PingWatch()
    } catch {
      throw .system(error)
    }
  }

  private func makePinger(
    _ endpoints: [Endpoint], _ book: PingBook, _ watch: PingWatch
  ) throws(PingError) -> any Pinger {
    switch endpoint.transport {
    case .udp: try UDPPinger(endpoints, book, watch)
    case .tcp: TCPPinger(endpoints, book, watch)
    }
  }
}
