extension ConfigurationReader {
  /// The admin socket; `nil` for none.
  mutating func readAdmin(_ value: PlacedValue) -> AdminEndpoint? {
    switch value.value {
    case .null: return nil
    case .object: break
    default:
      wrong(
        value,
        "an admin socket; write { \"address\": IP, \"port\": NUMBER }, { \"unix\": PATH }, or null for none")
      return .standard
    }
    let keys = ["address", "port", "unix"]
    guard let object = object(value, "an admin socket", keys: keys) else { return .standard }
    guard let unix = object["unix"] else {
      return .tcp(
        address: object["address"].flatMap { readAddress($0) } ?? AdminEndpoint.defaultAddress,
        port: object["port"].flatMap { readPort($0) } ?? AdminEndpoint.defaultPort)
    }
    for key in ["address", "port"] {
      guard let other = object[key] else { continue }
      report(other.place, "\"unix\" stands alone; an admin socket has a path, or an address and a port")
    }
    return .unix(path: readUnixPath(unix) ?? "")
  }

  /// A path that fits a Unix socket's address, see unix(7).
  private mutating func readUnixPath(_ value: PlacedValue) -> String? {
    guard let path = string(value), path.utf8.first == UInt8(ascii: "/") else {
      wrong(value, "an absolute path (a string that starts with /)")
      return nil
    }
    if path.utf8.count > Limits.unixPathBytes {
      report(
        value.place,
        "\(quoted(path)) has \(path.utf8.count) bytes; a socket's path has at most \(Limits.unixPathBytes)")
      return nil
    }
    if path.utf8.contains(0) {
      report(value.place, "\(quoted(path)) holds a NUL, which ends a path")
      return nil
    }
    return path
  }
}
