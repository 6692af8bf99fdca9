import Addresses

extension ValueKind where Value == IPAddress {
  /// An address to bind, without a zone.
  static let address = parsed(
    AddressText.what,
    AddressText.schema(not: "\(AddressText.groups)|\(AddressText.linkLocal)", ", and link-local ones"),
    write: \.description
  ) { text throws(WrongValue) in
    let address = try AddressText.read(text)
    if address.zone != nil || address.lacksZone {
      throw WrongValue(
        message:
          "\(quoted(text)) is a link-local address, which needs a zone, and zones are not supported here; "
          + "\"::\" receives what is sent to it")
    }
    return address.address
  }
}

extension ValueKind where Value == ZonedAddress {
  /// An address to bind. A link-local one can have a zone.
  static let zonedAddress = parsed(
    AddressText.what,
    [
      "type": "string",
      "anyOf": [
        AddressText.schema(not: AddressText.groups),
        ["pattern": .string(AddressText.zoned)],
      ],
    ],
    write: \.description
  ) { text throws(WrongValue) in try AddressText.read(text) }
}

/// Texts of addresses to bind.
private enum AddressText {
  static let what = "an IP address (a string such as \"127.0.0.1\" or \"::1\")"

  /// Patterns of what cannot be bound, or not without a zone.
  static let groups = #"^(22[4-9]|23[0-9])\.|^255\.255\.255\.255$|^[Ff][Ff][0-9A-Fa-f]{2}:"#
  static let linkLocal = "^[Ff][Ee][89ABab][0-9A-Fa-f]:"
  static let zoned =
    linkLocal + #"[0-9A-Fa-f:.]*%(?!\.{1,2}$)(?![0-9]+$)[!-$&-.0-9;-Z\\^-~]{1,\#(ZonedAddress.zoneLimit)}$"#

  static func schema(not excluded: String, _ more: String = "") -> JSONValue {
    [
      "type": "string", "pattern": "^[0-9A-Fa-f:.]+$",
      "anyOf": [["format": "ipv4"], ["format": "ipv6"]],
      "not": [
        "description": .string("Multicast and broadcast addresses\(more)."), "pattern": .string(excluded),
      ],
    ]
  }

  static func read(_ text: String) throws(WrongValue) -> ZonedAddress {
    guard let address = ZonedAddress(text) else {
      throw WrongValue(message: "\(quoted(text)) is not an IP address: \(advice(onAddress: text))")
    }
    if let zone = address.zone, zone.allSatisfy(\.isNumber) {
      throw WrongValue(
        message: "\(quoted(text)) has the index of an interface as its zone; write the interface's name")
    }
    if address.address.isMulticastOrBroadcast {
      throw WrongValue(
        message: "\(quoted(text)) is a multicast or broadcast address, which a listener cannot be bound to")
    }
    return address
  }

  private static func advice(onAddress text: String) -> String {
    if let percent = text.firstIndex(of: "%"), let address = IPAddress(text[..<percent]) {
      return address.isIPv6LinkLocal
        ? "what follows the % is not the name of an interface"
        : "only a link-local address has a zone (what follows the %); \"interface\" binds to one interface"
    }
    switch text.lowercased() {
    case "localhost": return "write 127.0.0.1 or ::1"
    case "", "*", "any", "all":
      return "write 0.0.0.0 for every IPv4 address, :: for every IPv6 and IPv4 address"
    default: break
    }
    if text.hasPrefix("["), text.hasSuffix("]"), IPAddress(text.dropFirst().dropLast()) != nil {
      return "write it without the brackets"
    }
    return "host names are not looked up; write an address such as 192.0.2.1 or 2001:db8::1"
  }
}

extension ValueKind where Value == [Prefix] {
  /// An access list.
  static let networks = networks(
    empty: "an empty list allows nobody; leave the key out for private networks, or write "
      + "[\"0.0.0.0/0\", \"::/0\"] for everyone")

  /// A list of networks, with the message for one that is empty.
  static func networks(empty: String) -> ValueKind {
    ValueKind(
      schema: [
        "type": "array", "items": ValueKind<Prefix>.network.schema, "minItems": 1,
        "maxItems": .integer(Limits.prefixes),
      ],
      read: { reader, value in
        if case .array([]) = value.json {
          reader.report(value.path, empty)
          return nil
        }
        let elements = reader.elements(value, "a list of networks", in: 1...Limits.prefixes)
        return elements.map { $0.compactMap { ValueKind<Prefix>.network.read(&reader, $0) } }
      },
      write: { .array($0.map { .string("\($0)") }) })
  }
}

extension ValueKind where Value == Prefix {
  fileprivate static let network = parsed(
    "a network (a string such as \"10.0.0.0/8\")",
    [
      "type": "string",
      "anyOf": [
        ["pattern": #"^([0-9]{1,3}\.){3}[0-9]{1,3}/(3[0-2]|[12]?[0-9])$"#],
        ["pattern": "^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*/(12[0-8]|1[01][0-9]|[1-9]?[0-9])$"],
      ],
    ],
    write: \.description
  ) { text throws(WrongValue) in
    do throws(Prefix.ParseError) {
      return try Prefix(text)
    } catch {
      throw WrongValue(message: explanation(of: error, text))
    }
  }

  private static func explanation(of error: Prefix.ParseError, _ text: String) -> String {
    switch error {
    case .notAnAddress:
      "\(quoted(text)) is not a network: write an IP address, a slash and a prefix length, as in 10.0.0.0/8"
    case .notALength(let limit) where !text.utf8.contains(UInt8(ascii: "/")):
      "\(quoted(text)) has no prefix length; write \(quoted("\(text)/\(limit)")) for a single host"
    case .notALength(let limit):
      "\(quoted(text)) is not a network: the prefix length must be a number from 0 to \(limit)"
    case .hostBitsSet(let network):
      "\(quoted(text)) has host bits set; the network is \"\(network)\""
    }
  }
}
