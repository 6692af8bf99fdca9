import Addresses
import ArgumentParser
import EchoCore
import Sockets

/// The server on the command line: `udp://HOST:PORT` or `tcp://HOST:PORT`, in the form of RFC 3986, section 3.2.
struct ServerEndpoint: Hashable, Sendable {
  let transport: Transport
  /// A name or an IP literal, without brackets; a literal can have a zone, as in `fe80::1%eth0`.
  let host: String
  /// 1 to 65535.
  let port: UInt16

  /// Why a text is not an endpoint.
  enum SyntaxError: Error, Hashable {
    case notAnEndpoint
    case notAPort(String)
    case serviceName(String)
    case notAHost(String)
    case missingBrackets(String)
  }

  /// Reads an endpoint.
  init(_ text: String) throws(SyntaxError) {
    // Schemes are case-insensitive (RFC 3986, section 3.1).
    let lowercased = text.lowercased()
    guard let transport = Transport.allCases.first(where: { lowercased.hasPrefix($0.rawValue + "://") })
    else {
      throw .notAnEndpoint
    }
    let authority = text.dropFirst(transport.rawValue.utf8.count + 3)
    // The last colon begins the port, unless it is inside the brackets of an address.
    guard let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") else {
      throw .notAnEndpoint
    }
    let digits = authority[authority.index(after: colon)...]
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits), port > 0 else {
      throw Self.isServiceName(digits) ? .serviceName(String(digits)) : .notAPort(String(digits))
    }
    self.transport = transport
    self.host = try Self.host(authority[..<colon])
    self.port = port
  }

  /// The addresses of the host, one at least and of one family if wanted, in the order in which to try them. Messages to
  /// them follow a PROXY header if there is one.
  func resolved(
    _ family: AddressFamily? = nil, sending header: SentHeader? = nil
  ) throws(LinkError) -> [Peer] {
    do throws(ResolutionError) {
      return try Resolver.endpoints(of: host, port: port, family: family)
        .map { Peer(transport: transport, endpoint: $0, header: header) }.alternatingFamilies()
    } catch {
      if let address = ZonedAddress(host), (try? Endpoint(address, port: port)) == nil {
        throw .noInterface(address)
      }
      throw .cannotResolve(error)
    }
  }

  private static func host(_ text: Substring) throws(SyntaxError) -> String {
    if text.hasPrefix("["), text.hasSuffix("]") {
      let literal = text.dropFirst().dropLast()
      guard literal.contains(":"), ZonedAddress(literal) != nil else { throw .notAHost(String(text)) }
      return String(literal)
    }
    if IPAddress(text) != nil, text.contains(":") { throw .missingBrackets(String(text)) }
    guard isName(text) else { throw .notAHost(String(text)) }
    return String(text)
  }

  /// Whether a text has the form of a name or an IPv4 literal; the resolver tells whether there is such a host.
  /// See hostname(7).
  private static func isName(_ text: Substring) -> Bool {
    (1...253).contains(text.utf8.count) && text.utf8.allSatisfy { isAlphanumeric($0, or: ".-_") }
  }

  /// Whether a text has the form of a service's name: see RFC 6335, section 5.1.
  private static func isServiceName(_ text: Substring) -> Bool {
    text.first?.isLetter == true && text.utf8.allSatisfy { isAlphanumeric($0, or: "-") }
  }
}

extension ServerEndpoint.SyntaxError: CustomStringConvertible {
  /// What is wrong, and what was expected.
  var description: String {
    switch self {
    case .notAnEndpoint: "expected udp://HOST:PORT or tcp://HOST:PORT"
    case .notAPort(let text): "\"\(text)\" is not a port (1 to 65535)"
    case .serviceName(let text):
      "\"\(text)\" is not a port number (1 to 65535); service names are not supported"
    case .notAHost(let text): "\"\(text)\" is not a name, an IPv4 address or [IPv6]"
    case .missingBrackets(let text): "an IPv6 address needs brackets, as in [\(text)]"
    }
  }
}

extension ServerEndpoint: CustomStringConvertible {
  /// The endpoint as it is written on the command line.
  var description: String {
    "\(transport.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }

  /// The help of the argument.
  static let help: ArgumentHelp =
    """
    The server: udp://HOST:PORT or tcp://HOST:PORT. HOST is a name, an IPv4 address or [IPv6]; a link-local address \
    needs its zone, as in [fe80::1%eth0].
    """
}
