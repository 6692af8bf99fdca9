import Addresses
import ArgumentParser
import EchoCore
import Sockets

/// The options that send a PROXY header.
struct ProxyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Send a PROXY header as a proxy would: version 1 or 2 at the beginning of each TCP connection, or version 2 at \
      the beginning of each datagram.
      """, valueName: "version"))
  var sendProxy: Int?

  @Option(
    help: ArgumentHelp(
      """
      The client that the header names, as in 192.0.2.7:40000 or [2001:db8::7]:40000. The default is echoc's own address \
      and port.
      """, valueName: "address:port"), transform: { try HeaderEndpoint($0).endpoint })
  var proxyFrom: Endpoint?

  @Option(
    help: ArgumentHelp(
      "The destination that the header names. The default is the server's address and port.",
      valueName: "address:port"), transform: { try HeaderEndpoint($0).endpoint })
  var proxyTo: Endpoint?

  func validate() throws {
    guard let sendProxy else {
      guard proxyFrom == nil, proxyTo == nil else {
        throw ValidationError("--proxy-from and --proxy-to need --send-proxy")
      }
      return
    }
    guard (1...2).contains(sendProxy) else {
      throw ValidationError("--send-proxy \(sendProxy) is not a version of the PROXY protocol: use 1 or 2")
    }
    if let proxyFrom, let proxyTo, proxyFrom.address.isIPv4 != proxyTo.address.isIPv4 {
      throw ValidationError("--proxy-from and --proxy-to need addresses of the same family")
    }
  }

  /// The header; `nil` for none.
  var header: SentHeader? {
    sendProxy.map { SentHeader(version: $0, source: proxyFrom, destination: proxyTo) }
  }

  /// Throws what is wrong with the header for a server whose addresses are of a family, if one is chosen.
  func validate(for server: ServerEndpoint, _ family: AddressFamily?) throws {
    guard let header else { return }
    if server.transport == .udp, header.version == 1 {
      throw ValidationError("version 1 of the PROXY protocol is for TCP only: use --send-proxy 2")
    }
    guard let needed = header.family else { return }
    let chosen = ZonedAddress(server.host).map { AddressFamily(of: $0.address) } ?? family
    guard chosen == nil || chosen == needed else {
      let (given, missing, end) =
        proxyFrom == nil
        ? ("--proxy-to", "--proxy-from", "echoc's own address")
        : ("--proxy-from", "--proxy-to", "the server's address")
      throw ValidationError("\(given) is not of the same family as \(end): use \(missing) too")
    }
  }

  /// The family to use: the one that was chosen, or that the header needs; `nil` for both.
  func family(_ chosen: AddressFamily?) -> AddressFamily? { chosen ?? header?.family }
}

/// An address and a port of a PROXY header, as they are written on the command line.
struct HeaderEndpoint {
  let endpoint: Endpoint

  /// Why a text is not an endpoint.
  struct SyntaxError: Error, Hashable, CustomStringConvertible {
    var text: String

    var description: String {
      "\"\(text)\" is not an address with a port, as in 192.0.2.7:40000 or [2001:db8::7]:40000"
    }
  }

  /// Reads `192.0.2.7:40000` or `[2001:db8::7]:40000`. A header has no room for a zone.
  init(_ text: String) throws(SyntaxError) {
    let isBracketed = text.hasPrefix("[")
    guard let colon = text.lastIndex(of: ":"), !isBracketed || text[..<colon].hasSuffix("]") else {
      throw SyntaxError(text: text)
    }
    let digits = text[text.index(after: colon)...]
    let literal = isBracketed ? text[..<colon].dropFirst().dropLast() : text[..<colon]
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits),
      let address = IPAddress(literal), literal.contains(":") == isBracketed
    else { throw SyntaxError(text: text) }
    endpoint = Endpoint(address: address, port: port)
  }
}
