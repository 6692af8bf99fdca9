import ArgumentParser
import EchoCore

/// `echoc talk`: does what the course's clients do.
struct Talk: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send lines and print the replies.",
    discussion: """
      On a terminal, echoc prompts for each line, until Ctrl-D. Otherwise each line of standard input is a message, and \
      each reply is a line of standard output. On a terminal, control characters of a reply are shown as \\u001B, \
      and bytes that are not UTF-8 as \\x9B, so that a server cannot control the terminal. Files and pipes get every \
      byte as it is.

      Over UDP a line is one datagram, without its newline. Over TCP it is sent with its newline, and its reply has the \
      same length; if the server closes the connection after its reply, the next line uses a new one. A reply is \
      missing if it does not arrive within \(LinkLimits.timeoutSeconds) seconds; the next line is sent anyway.

      If the name has several addresses, the first that accepts a connection is used. Over UDP it is the first that \
      answers; until one has answered, each line also goes to the next address after a second.
      """)

  @Argument(help: ServerEndpoint.help, transform: { try ServerEndpoint($0) })
  var endpoint: ServerEndpoint

  @OptionGroup var addresses: AddressOptions
  @OptionGroup var proxy: ProxyOptions

  @Flag(help: "Print replies as they are, even on a terminal.")
  var raw = false

  func validate() throws {
    try endpoint.refuseStamp(for: "talk")
    try proxy.validate(for: endpoint, addresses.family)
  }

  func run() throws {
    let console = Console(raw: raw)
    let transport = endpoint.transport
    let talker = try console.exitingOnError(with: .failure) { () throws(LinkError) -> any Talker in
      let peers = try endpoint.resolved(proxy.family(addresses.family), sending: proxy.header)
      switch transport {
      case .udp: return try UDPTalker(peers)
      case .tcp: return try TCPTalker(peers)
      }
    }
    let lineLimit = LinkLimits.messageBytes(over: transport, after: proxy.header).upperBound
    guard try talker.answerLines(of: console, over: transport, lineLimit: lineLimit) else {
      throw ExitCode.failure
    }
  }
}
