import Addresses

/// The sockets of socket units, as `systemctl show echod.socket` prints them. There is an empty line between units.
public struct SocketUnits: Sendable {
  /// A socket that a unit lists.
  enum Socket: Hashable {
    /// One that echod can serve.
    case usable(ActivationSocket)
    /// One that echod cannot serve, and why.
    case unusable(text: String, reason: String)
  }

  /// Why the text cannot be used: a sentence.
  public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The sentence.
    public let description: String
  }

  /// In the order in which the units list them. systemd passes those of a unit in this order.
  let sockets: [Socket]

  /// Reads the output of systemctl(1), at most ``Limits/socketUnitBytes``.
  public init(_ bytes: [UInt8]) throws(Problem) {
    guard bytes.count <= Limits.socketUnitBytes else {
      throw Problem(description: "more than \(Limits.socketUnitBytes) bytes")
    }
    let lines = String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    var sockets: [Socket] = []
    var unit = Unit()
    for line in lines + [""] {
      if !line.isEmpty {
        unit.read(line)
      } else if unit.hasLines {
        sockets += try unit.sockets()
        unit = Unit()
      }
    }
    guard !sockets.isEmpty else { throw Problem(description: Unit.noSocket) }
    self.sockets = sockets
  }

  /// The properties of one unit: lines of the form NAME=VALUE, of which only some are used.
  private struct Unit {
    static let noSocket = "no Listen= line, which `systemctl show` prints for each address of a socket unit"

    private(set) var hasLines = false
    private var properties: [Substring: Substring] = [:]
    private var addresses: [Substring] = []

    mutating func read(_ line: Substring) {
      hasLines = true
      guard let equals = line.firstIndex(of: "=") else { return }
      let (name, value) = (line[..<equals], line[equals...].dropFirst())
      if name == "Listen" { addresses.append(value) } else { properties[name] = value }
    }

    func sockets() throws(Problem) -> [Socket] {
      let unit = properties["Id"].map { "\(quoted(String($0))): " } ?? ""
      guard properties["LoadState"] != "not-found" else {
        throw Problem(description: "\(unit)there is no such unit")
      }
      guard !addresses.isEmpty else { throw Problem(description: unit + Self.noSocket) }
      guard let name = properties["FileDescriptorName"] else {
        throw Problem(
          description: "\(unit)no FileDescriptorName= line, which `systemctl show` prints for a socket unit")
      }
      var sockets: [Socket] = []
      let accepts = properties["Accept"] == "yes"
      let interface = properties["BindToDevice"].flatMap { $0.isEmpty ? nil : String($0) }
      for address in addresses {
        let socket = Socket(
          shownAs: address, name: String(name), interface: interface, accepts: accepts)
        guard let socket else {
          throw Problem(
            description: "\(unit)\(quoted("Listen=\(address)")) is not of the form ADDRESS (KIND)")
        }
        sockets.append(socket)
      }
      return sockets
    }
  }
}

extension SocketUnits.Socket {
  /// Reads a value such as `127.0.0.1:12000 (Stream)`; `nil` for anything else. See systemd.socket(5), ListenStream=.
  fileprivate init?(shownAs text: Substring, name: String, interface: String?, accepts: Bool) {
    guard text.last == ")", let opening = text.lastIndex(of: "("), text[..<opening].last == " " else {
      return nil
    }
    let kind = text[opening...].dropFirst().dropLast()
    let address = text[..<opening].dropLast()
    guard !address.isEmpty, !kind.isEmpty else { return nil }
    func unusable(_ reason: String) -> Self {
      .unusable(text: "\(quoted(name)) (\(kind) \(excerpt(String(address))))", reason: reason)
    }
    let isUnix = address.hasPrefix("/") || address.hasPrefix("@")
    switch kind {
    case _ where address.hasPrefix("vsock:"):
      self = unusable("echod serves IP and Unix sockets only")
    case "Stream" where accepts:
      self = unusable("with Accept=yes systemd passes each connection to its own process")
    case "Stream" where isUnix:
      let bound = address.hasPrefix("/") ? BoundAddress.unix(path: String(address)) : nil
      self = .usable(ActivationSocket(name: name, transport: .tcp, address: bound))
    case "Datagram" where isUnix:
      self = unusable("echod serves datagrams over UDP only")
    case "Stream", "Datagram":
      let transport: Transport = kind == "Stream" ? .tcp : .udp
      guard let bound = Self.bound(at: address, transport, interface) else { return nil }
      self = .usable(ActivationSocket(name: name, transport: transport, address: bound))
    default:
      self = unusable("echod serves streams and datagrams only")
    }
  }

  /// Reads `127.0.0.1:7`, `[::]:7` or, with the interface of a link-local address, `[fe80::1]:7%eth0`.
  private static func bound(
    at address: Substring, _ transport: Transport, _ interface: String?
  ) -> BoundAddress? {
    guard let colon = address.lastIndex(of: ":") else { return nil }
    let ending = address[colon...].dropFirst().split(separator: "%", maxSplits: 1)
    let (port, zone) = (ending.first.flatMap { UInt16($0) }, ending.dropFirst().first.map(String.init))
    let host = address[..<colon]
    let literal = host.first == "[" && host.last == "]" ? host.dropFirst().dropLast() : host
    guard let port, port > 0, let ip = IPAddress(literal) else { return nil }
    return .internet(transport, ip, port: port, interface: interface ?? zone)
  }
}
