import ArgumentParser
import EchoCore

/// `echoc identify`: shows how a message reached a server.
struct Identify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ask a server how a message reached it.",
    discussion: """
      The server must have the service identify, which echod offers. echoc sends one message and prints the JSON object \
      that comes back on one line: the addresses that the server saw, its listener and host, and the PROXY header if \
      there was one.

      A reply over UDP is never longer than its request, so the datagram has \(IdentifyQuestion.datagramBytes) bytes. \
      A reply is missing if it does not arrive within \(LinkLimits.timeoutSeconds) seconds.

      If the name has several addresses, the first that accepts a connection or answers a datagram is used.

      Exit status: 0; 1 if no reply came or the server cannot be reached; 2 if the reply is not a JSON object or the name has no address.
      """)

  @Argument(help: ServerEndpoint.help, transform: { try ServerEndpoint($0) })
  var endpoint: ServerEndpoint

  @OptionGroup var addresses: AddressOptions
  @OptionGroup var proxy: ProxyOptions

  func validate() throws {
    try endpoint.refuseStamp(for: "identify")
    try proxy.validate(for: endpoint, addresses.family)
  }

  func run() throws {
    let console = Console()
    let peers = try console.exitingOnError(with: ExitStatus.otherFailure) { () throws(LinkError) in
      try endpoint.resolved(proxy.family(addresses.family), sending: proxy.header)
    }
    let (reply, peer) = try console.exitingOnError(with: .failure) { () throws(LinkError) in
      try IdentifyQuestion.reply(of: peers)
    }
    guard let object = IdentifyQuestion.object(in: reply) else {
      console.complain(
        "the reply from \(peer) is not a JSON object: does the server have the service identify?")
      throw ExitStatus.otherFailure
    }
    try console.show(object)
  }
}
