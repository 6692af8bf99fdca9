/// An extension after STAMP's base message: flags, type, length, value. See RFC 8972, section 4.
public struct StampTLV: Hashable, Sendable {
  /// The bytes before the value.
  public static let headerBytes = 4

  /// The supported types. RFC 8972 also has Location (2), Access Report (6) and HMAC (8).
  public enum Kind: UInt8, Sendable {
    case extraPadding = 1
    case timestampInformation = 3
    case classOfService = 4
    case directMeasurement = 5
    case followUpTelemetry = 7

    /// The length that a value must have; `nil` for any.
    public var valueBytes: Int? {
      switch self {
      case .extraPadding: nil
      case .timestampInformation, .classOfService: 4
      case .directMeasurement: 12
      case .followUpTelemetry: 16
      }
    }
  }

  /// What a reflector says about a TLV. A sender sets only ``unrecognized``.
  public struct Flags: OptionSet, Hashable, Sendable {
    /// The bits of the field.
    public let rawValue: UInt8

    /// Makes a set of its bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// U: the reflector has not processed it.
    public static let unrecognized = Flags(rawValue: 0x80)
    /// M: its length is wrong. The rest of the message was ignored.
    public static let malformed = Flags(rawValue: 0x40)
    /// I: its integrity could not be verified.
    public static let unverified = Flags(rawValue: 0x20)
  }

  /// Where it begins in the message.
  public let offset: Int
  /// The flags as in the message.
  public let flags: Flags
  /// The type as in the message.
  public let type: UInt8
  /// Where its value is in the message; cut at the end of the message.
  public let value: Range<Int>
  /// Whether its length goes beyond the message.
  public let isOverrun: Bool

  /// The type, if it is supported.
  public var kind: Kind? { Kind(rawValue: type) }

  /// Whether the length is wrong: it goes beyond the message, or is not the one of its type.
  public var isMalformed: Bool { isOverrun || kind?.valueBytes.map { $0 != value.count } ?? false }
}

extension StampTLV {
  /// A TLV of a request: its flags say that no reflector has processed it yet.
  public static func requested(_ kind: Kind, value: [UInt8]) -> [UInt8] {
    let length = UInt16(value.count)
    return [Flags.unrecognized.rawValue, kind.rawValue, UInt8(length >> 8), UInt8(length & 0xFF)] + value
  }
}
