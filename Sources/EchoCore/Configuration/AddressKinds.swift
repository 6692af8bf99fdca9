import Addresses

extension ValueKind where Value == IPAddress {
  /// An address to bind.
  static let address = ValueKind(
    schema: [
      "type": "string",
      "pattern": "^[0-9A-Fa-f:.]+$",
      "anyOf": [["format": "ipv4"], ["format": "ipv6"]],
      "not": [
        "description": "Multicast and broadcast addresses, and link-local ones, which need a zone.",
        "pattern":
          #"^(22[4-9]|23[0-9])\.|^255\.255\.255\.255$|^[Ff][Ff][0-9A-Fa-f]{2}:|^[Ff][Ee][89ABab][0-9A-Fa-f]:"#,
      ],
    ],
    read: { $0.readAddress($1) }, write: { .string("\($0)") })
}

extension ValueKind where Value == [Prefix] {
  /// An access list.
  static let networks = ValueKind(
    schema: [
      "type": "array",
      "items": [
        "type": "string",
        "anyOf": [
          ["pattern": #"^([0-9]{1,3}\.){3}[0-9]{1,3}/(3[0-2]|[12]?[0-9])$"#],
          ["pattern": "^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*/(12[0-8]|1[01][0-9]|[1-9]?[0-9])$"],
        ],
      ],
      "minItems": 1, "maxItems": .integer(Limits.prefixes),
    ],
    read: { $0.readPrefixes($1) }, write: { .array($0.map { .string("\($0)") }) })
}

extension ConfigurationReader {
  fileprivate mutating func readAddress(_ value: ConfigurationValue) -> IPAddress? {
    guard let text = value.string else {
      wrong(value, "an IP address (a string such as \"127.0.0.1\" or \"::1\")")
      return nil
    }
    guard let address = IPAddress(text) else {
      report(value.path, "\(quoted(text)) is not an IP address: \(advice(onAddress: text))")
      return nil
    }
    if address.isMulticastOrBroadcast {
      report(
        value.path, "\(quoted(text)) is a multicast or broadcast address, which a listener cannot be bound to"
      )
      return nil
    }
    if address.isIPv6LinkLocal {
      report(
        value.path,
        "\(quoted(text)) is a link-local address, which needs a zone, and zones are not supported; "
          + "\"::\" receives what is sent to it")
      return nil
    }
    return address
  }

  private func advice(onAddress text: String) -> String {
    if let percent = text.firstIndex(of: "%"), IPAddress(text[..<percent]) != nil {
      return "zones (what follows the %) are not supported; \"::\" listens on every interface"
    }
    switch text.lowercased() {
    case "localhost": return "write 127.0.0.1 or ::1"
    case "", "*", "any", "all": return "write 0.0.0.0 for all of IPv4, :: for all of IPv6 and IPv4"
    default: break
    }
    if text.hasPrefix("["), text.hasSuffix("]"), IPAddress(text.dropFirst().dropLast()) != nil {
      return "write it without the brackets"
    }
    return "host names are not looked up; write an address such as 192.0.2.1 or 2001:db8::1"
  }

  fileprivate mutating func readPrefixes(_ value: ConfigurationValue) -> [Prefix]? {
    if case .array([]) = value.json {
      report(
        value.path,
        "an empty list allows nobody; leave it out for the private networks, or write "
          + "[\"0.0.0.0/0\", \"::/0\"] for everyone")
      return nil
    }
    let elements = elements(value, "a list of networks", in: 1...Limits.prefixes)
    return elements.map { $0.compactMap { readPrefix($0) } }
  }

  private mutating func readPrefix(_ value: ConfigurationValue) -> Prefix? {
    guard let text = value.string else {
      wrong(value, "a network (a string such as \"10.0.0.0/8\")")
      return nil
    }
    do throws(Prefix.ParseError) {
      return try Prefix(text)
    } catch {
      report(value.path, explanation(of: error, text))
      return nil
    }
  }

  private func explanation(of error: Prefix.ParseError, _ text: String) -> String {
    switch error {
    case .notAnAddress:
      "\(quoted(text)) is not a network: write an IP address, a slash and a prefix length, as in 10.0.0.0/8"
    case .notALength(let limit) where !text.utf8.contains(UInt8(ascii: "/")):
      "\(quoted(text)) has no prefix length; write \(quoted("\(text)/\(limit)")) for this one host"
    case .notALength(let limit):
      "\(quoted(text)) is not a network: its prefix length is a number from 0 to \(limit)"
    case .hostBitsSet(let network):
      "\(quoted(text)) has host bits set; the network is \"\(network)\""
    }
  }
}
