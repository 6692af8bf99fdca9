import Addresses
import ArgumentParser
import EchoCore
import Sockets

/// The server on the command line: `[udp://|tcp://|stamp://]HOST[:PORT]`, in the form of RFC 3986, section 3.2, except
/// that an IPv6 literal needs brackets only before a port.
struct ServerEndpoint: Hashable, Sendable {
  /// The protocol between us and the server.
  enum Scheme: String, CaseIterable, Sendable {
    case udp, tcp, stamp

    /// The port of a server that is given without one: that of echo (RFC 862) or of STAMP (RFC 8762, section 4.1).
    var usualPort: UInt16 { self == .stamp ? 862 : 7 }
  }

  let scheme: Scheme
  /// A name or an IP literal, without brackets; a literal can have a zone, as in `fe80::1%eth0`.
  let host: String
  /// 1 to 65535.
  let port: UInt16

  /// What carries the messages.
  var transport: Transport { scheme == .tcp ? .tcp : .udp }

  /// Why a text is not an endpoint.
  enum SyntaxError: Error, Hashable {
    case notAScheme(String)
    case notAPort(String)
    case serviceName(String)
    case notAHost(String)
    case missingBrackets(String)
  }

  /// Reads an endpoint.
  init(_ text: String) throws(SyntaxError) {
    let (scheme, authority) = try Self.scheme(of: text)
    let (host, digits) = try Self.parts(of: authority)
    self.scheme = scheme
    self.host = host
    self.port = try digits.map(Self.port) ?? scheme.usualPort
  }

  /// The scheme, and what follows it.
  private static func scheme(of text: String) throws(SyntaxError) -> (Scheme, Substring) {
    guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
      return (.udp, text[...])
    }
    // Schemes are case-insensitive (RFC 3986, section 3.1).
    guard let scheme = Scheme(rawValue: text[..<colon].lowercased()) else {
      throw .notAScheme(String(text[..<colon]))
    }
    return (scheme, text[colon...].dropFirst(3))
  }

  /// The host without brackets, and the port if there is one.
  private static func parts(of authority: Substring) throws(SyntaxError) -> (String, Substring?) {
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { throw .notAHost(String(authority)) }
      let (literal, rest) = (authority[..<end].dropFirst(), authority[end...].dropFirst())
      guard rest.isEmpty || rest.hasPrefix(":") else { throw .notAHost(String(authority)) }
      guard isIPv6(literal) else { throw .notAHost(String(authority[...end])) }
      return (String(literal), rest.isEmpty ? nil : rest.dropFirst())
    }
    if isIPv6(authority) { return (String(authority), nil) }
    guard let colon = authority.lastIndex(of: ":") else { return (try name(authority), nil) }
    let (host, digits) = (authority[..<colon], authority[colon...].dropFirst())
    if isIPv6(host) { throw .missingBrackets(String(host)) }
    return (try name(host), digits)
  }

  private static func port(_ digits: Substring) throws(SyntaxError) -> UInt16 {
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits), port > 0 else {
      throw isServiceName(digits) ? .serviceName(String(digits)) : .notAPort(String(digits))
    }
    return port
  }

  /// The addresses of the host, at least one and of one family if wanted, in the order in which to try them. Messages
  /// to them follow the PROXY header, if there is one, and are sent in packets with these options.
  func resolved(
    _ family: AddressFamily? = nil, sending header: SentHeader? = nil,
    in packets: PacketOptions = PacketOptions()
  ) throws(LinkError) -> [Peer] {
    do throws(ResolutionError) {
      return try Resolver.endpoints(of: host, port: port, family: family)
        .map { Peer(transport: transport, endpoint: $0, header: header, packets: packets) }
        .alternatingFamilies()
    } catch {
      if let address = ZonedAddress(host), (try? Endpoint(address, port: port)) == nil {
        throw .noInterface(address)
      }
      throw .cannotResolve(error)
    }
  }

  private static func name(_ text: Substring) throws(SyntaxError) -> String {
    guard isName(text) else { throw .notAHost(String(text)) }
    return String(text)
  }

  private static func isIPv6(_ text: Substring) -> Bool { text.contains(":") && ZonedAddress(text) != nil }

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
    case .notAScheme(let text): "\"\(text)\" is not udp, tcp or stamp"
    case .notAPort(let text): "\"\(text)\" is not a port (1 to 65535)"
    case .serviceName(let text):
      "\"\(text)\" is not a port number (1 to 65535); service names are not supported"
    case .notAHost(""): "the host is missing"
    case .notAHost(let text): "\"\(text)\" is not a name, an IPv4 address or [IPv6]"
    case .missingBrackets(let text): "an IPv6 address needs brackets before a port, as in [\(text)]:7"
    }
  }
}

extension ServerEndpoint: CustomStringConvertible {
  /// The endpoint in full: `udp://localhost:7`, `tcp://[::1]:7`.
  var description: String {
    "\(scheme.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }

  /// The help of the argument.
  static let help = helpText(
    form: "[udp://|tcp://]HOST[:PORT]", usual: "The default is UDP and port \(Scheme.udp.usualPort).")

  /// The help of the argument of ping, which can also use ``Scheme/stamp``.
  static let helpWithStamp = helpText(
    form: "[udp://|tcp://|stamp://]HOST[:PORT]",
    usual:
      "The default is UDP and port \(Scheme.udp.usualPort); with stamp://, port \(Scheme.stamp.usualPort).")

  private static func helpText(form: String, usual: String) -> ArgumentHelp {
    """
    The server: \(form). \(usual) HOST is a name or an address. An IPv6 address needs brackets before a port, as in \
    [::1]:7; a link-local one needs its zone, as in fe80::1%eth0.
    """
  }

  /// Throws if the server is a STAMP reflector, which only ping can use.
  func refuseStamp(for command: String) throws {
    guard scheme == .stamp else { return }
    throw ValidationError("echoc \(command) cannot use stamp://, which is for echoc ping only")
  }
}
