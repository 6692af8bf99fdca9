import Addresses

/// The admin socket: where it listens, and which names it answers to.
public struct AdminConfiguration: Hashable, Sendable {
  /// Where it listens.
  public var endpoint: AdminEndpoint
  /// The names in requests that it answers to, besides IP literals, localhost and the machine's own. A Unix socket
  /// answers to every name.
  public var hosts: [String]

  /// Makes a configuration of its parts.
  public init(_ endpoint: AdminEndpoint, hosts: [String] = []) {
    self.endpoint = endpoint
    self.hosts = hosts
  }

  /// The admin socket of a file without the key.
  public static let standard = AdminConfiguration(
    .tcp(address: AdminAddress().address, port: AdminAddress().port))
}

private struct AdminAddress: Keyed {
  var address = IPAddress.loopbackIPv4
  var port: UInt16 = 8080
  var hosts: [String] = []

  static let keys: [Key<AdminAddress>] = [
    Key("address", \.address, .address, "The address of the admin socket."),
    Key("port", \.port, .port, "The port of the admin socket; with 0 the kernel chooses one."),
    Key(
      "hosts", \.hosts, .hostNames,
      """
      The names that a request may have in its Host field, besides IP addresses, localhost and the machine's own \
      name: at most \(Limits.adminHosts), each of at most \(Limits.hostNameBytes) bytes. Requests for other names are \
      refused, so that no web page can reach the admin socket by DNS rebinding.
      """),
  ]
}

private struct AdminPath: Keyed {
  var path = ""

  static let keys: [Key<AdminPath>] = [
    // Required, with a message that is never seen: an object without it has an address and a port.
    Key(
      "unix", \.path, .unixPath, missing: "",
      "The absolute path of the Unix socket.")
  ]
}

extension ValueKind where Value == AdminConfiguration? {
  static let admin = ValueKind(
    schema: [
      "oneOf": [
        ["type": "null"], ["description": "A TCP socket."] + AdminAddress.schema,
        ["description": "A Unix socket."] + AdminPath.schema,
      ]
    ],
    read: { reader, value in
      switch value.json {
      case .null: return .some(nil)
      case .object: return reader.readAdmin(value)
      default:
        reader.wrong(
          value,
          "an admin socket; write { \"address\": IP, \"port\": NUMBER }, { \"unix\": PATH }, or null for none"
        )
        return nil
      }
    },
    write: { admin in
      switch admin?.endpoint {
      case .tcp(let address, let port):
        AdminAddress(address: address, port: port, hosts: admin?.hosts ?? []).json()
      case .unix(let path): AdminPath(path: path).json()
      case nil: .null
      }
    })
}

extension ConfigurationReader {
  fileprivate mutating func readAdmin(_ value: ConfigurationValue) -> AdminConfiguration? {
    let keys = AdminAddress.keys.map(\.name)
    guard let object = object(value, "an admin socket", keys: keys + AdminPath.keys.map(\.name)) else {
      return nil
    }
    guard object["unix"] != nil else {
      var admin = AdminAddress()
      _ = read(object, into: &admin)
      return AdminConfiguration(.tcp(address: admin.address, port: admin.port), hosts: admin.hosts)
    }
    for key in keys {
      guard let other = object[key] else { continue }
      let reason =
        key == "hosts"
        ? "a Unix socket answers to every name, so it has no \"hosts\""
        : "an admin socket has either \"unix\", or an address and a port"
      report(other.path, reason)
    }
    var admin = AdminPath()
    _ = read(object, into: &admin)
    return AdminConfiguration(.unix(path: admin.path))
  }
}

extension ValueKind where Value == [String] {
  fileprivate static let hostNames = {
    let name = ValueKind<String>.hostName
    return ValueKind(
      schema: ["type": "array", "maxItems": .integer(Limits.adminHosts), "items": name.schema],
      read: { reader, value in
        guard let elements = reader.elements(value, "a list of host names", in: 0...Limits.adminHosts) else {
          return nil
        }
        let names = elements.map { name.read(&reader, $0) }
        return names.contains(nil) ? nil : names.compactMap(\.self)
      },
      write: { .array($0.compactMap(name.write)) })
  }()
}

extension ValueKind where Value == String {
  fileprivate static let hostName = name(
    "a host name", upTo: Limits.hostNameBytes, hint: ", without scheme and port")

  /// A path of a Unix socket, see unix(7).
  fileprivate static let unixPath: ValueKind = {
    let what = "an absolute path (a string that starts with /)"
    return parsed(
      what, ["type": "string", "pattern": "^/", "maxLength": .integer(Limits.unixPathBytes)], write: \.self
    ) { path throws(WrongValue) in
      if path.utf8.first != UInt8(ascii: "/") {
        throw WrongValue(message: "the string \(quoted(path)) is not \(what)")
      }
      let (count, limit) = (path.utf8.count, Limits.unixPathBytes)
      if count > limit {
        throw WrongValue(
          message: "\(quoted(path)) is \(count) bytes long; a Unix socket's path can have at most \(limit)")
      }
      if path.utf8.contains(0) {
        throw WrongValue(message: "\(quoted(path)) contains a NUL, which a path cannot contain")
      }
      return path
    }
  }()
}
