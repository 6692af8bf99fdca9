import Addresses

extension ValueKind where Value == String {
  /// The name of a network interface. Whether there is one is not checked.
  static let interface: ValueKind = {
    let limit = ZonedAddress.zoneLimit
    let rule = "1 to \(limit) bytes without a slash, a colon or white space, and neither . nor .."
    return parsed(
      "the name of an interface (a string of \(rule))",
      [
        "type": "string", "pattern": .string(#"^[^/:\u0000\t\n\u000b\f\r ]{1,\#(limit)}$"#),
        "not": ["enum": [".", ".."]],
      ],
      write: \.self
    ) { name throws(WrongValue) in
      guard isInterfaceName(name) else {
        throw WrongValue(message: "\(quoted(name)) is not the name of an interface (\(rule))")
      }
      return name
    }
  }()

  /// As dev_valid_name() of the kernel, whose isspace() also knows the byte 0xA0.
  private static func isInterfaceName(_ name: String) -> Bool {
    (1...ZonedAddress.zoneLimit).contains(name.utf8.count) && name != "." && name != ".."
      && name.utf8.allSatisfy { byte in
        switch byte {
        case 0, 0x09...0x0D, 0x20, 0xA0, UInt8(ascii: "/"), UInt8(ascii: ":"): false
        default: true
        }
      }
  }
}
