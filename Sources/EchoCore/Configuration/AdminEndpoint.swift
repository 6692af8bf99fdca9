public import Addresses

/// Where the admin socket listens.
public enum AdminEndpoint: Hashable, Sendable {
  /// TCP.
  case tcp(address: IPAddress, port: UInt16)
  /// A Unix socket.
  case unix(path: String)
}

extension AdminEndpoint: CustomStringConvertible {
  /// `tcp 127.0.0.1:8080` or `unix /run/echod/admin.sock`.
  public var description: String {
    switch self {
    case .tcp(let address, let port): "tcp \(Endpoint(address: address, port: port))"
    case .unix(let path): "unix \(path)"
    }
  }
}

extension AdminEndpoint {
  /// The admin socket of a file without the key.
  public static let standard = tcp(address: AdminAddress().address, port: AdminAddress().port)
}

private struct AdminAddress: Keyed {
  var address = IPAddress.loopbackIPv4
  var port: UInt16 = 8080

  static let keys: [Key<AdminAddress>] = [
    Key("address", \.address, .address, "The address of the admin socket."),
    Key("port", \.port, .port, "The port of the admin socket; with 0 the kernel chooses one."),
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

extension ValueKind where Value == AdminEndpoint? {
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
      switch admin {
      case .tcp(let address, let port): AdminAddress(address: address, port: port).json()
      case .unix(let path): AdminPath(path: path).json()
      case nil: .null
      }
    })
}

extension ConfigurationReader {
  fileprivate mutating func readAdmin(_ value: ConfigurationValue) -> AdminEndpoint? {
    let keys = AdminAddress.keys.map(\.name)
    guard let object = object(value, "an admin socket", keys: keys + AdminPath.keys.map(\.name)) else {
      return nil
    }
    guard object["unix"] != nil else {
      var admin = AdminAddress()
      _ = read(object, into: &admin)
      return .tcp(address: admin.address, port: admin.port)
    }
    for key in keys {
      guard let other = object[key] else { continue }
      report(other.path, "an admin socket has either \"unix\", or an address and a port")
    }
    var admin = AdminPath()
    _ = read(object, into: &admin)
    return .unix(path: admin.path)
  }
}

extension ValueKind where Value == String {
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
